import java.io.FileInputStream;
import java.util.Map;
import java.util.TreeMap;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Validates PDF files against one PDF/A profile with veraPDF; run from source by scripts/conformance/verapdf.ts. */
public final class PdfaCheck {
  /** Arguments: profile (2b), then files. One line a file: `ok`, or `ko` and the rules that it breaks, tab separated. */
  public static void main(String[] arguments) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour profile = PDFAFlavour.fromString(arguments[0]);
    for (int index = 1; index < arguments.length; index++) {
      String path = arguments[index];
      try (PDFAParser parser =
              Foundries.defaultInstance().createParser(new FileInputStream(path), profile);
          PDFAValidator validator =
              Foundries.defaultInstance().createValidator(profile, false)) {
        ValidationResult result = validator.validate(parser);
        System.out.println(line(path, result));
      } catch (Exception error) {
        System.out.println("ko\t" + path + "\tnot readable: " + error);
      }
    }
  }

  private static String line(String path, ValidationResult result) {
    if (result.isCompliant()) return "ok\t" + path;
    Map<String, String> rules = new TreeMap<>();
    for (TestAssertion assertion : result.getTestAssertions()) {
      String rule = assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
      rules.putIfAbsent(
          rule, assertion.getMessage() + " [" + assertion.getLocation().getContext() + "]");
    }
    StringBuilder line = new StringBuilder("ko\t").append(path);
    rules.forEach(
        (rule, text) -> line.append('\t').append(rule).append(' ').append(text.replaceAll("\\s+", " ")));
    return line.toString();
  }
}
