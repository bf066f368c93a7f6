"""Judges signed PDFs with pyHanko; arguments: the trusted authority (PEM), then files. One line a file: its path and its faults, tab separated."""

import logging
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


def faults_of(path, root):
    with open(path, "rb") as file:
        reader = PdfFileReader(file, strict=True)
        signatures = reader.embedded_signatures
        if len(signatures) != 1:
            return [f"{len(signatures)} signatures"]
        (signature,) = signatures
        # The fictional authority publishes no revocation lists.
        context = ValidationContext(trust_roots=[root], allow_fetching=False)
        status = validate_pdf_signature(
            signature,
            signer_validation_context=context,
            key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        )
        stamp = status.timestamp_validity
        wants_stamp = "-B-T-" in path
        checks = {
            "not bottom line": status.bottom_line,
            "not intact": status.intact,
            "not valid": status.valid,
            "not trusted": status.trusted,
            "not the entire file": status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
            "not /ETSI.CAdES.detached": signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached",
            "no good time stamp": not wants_stamp or (stamp is not None and stamp.valid and stamp.trusted),
            "a time stamp too many": wants_stamp or stamp is None,
        }
        return [fault for fault, is_good in checks.items() if not is_good]


def main():
    logging.disable(logging.CRITICAL)
    with open(sys.argv[1], "rb") as file:
        _, _, der = pem.unarmor(file.read())
    root = x509.Certificate.load(der)
    for path in sys.argv[2:]:
        try:
            faults = faults_of(path, root)
        except Exception as error:
            faults = [f"{type(error).__name__}: {error}".replace("\n", " ").replace("\t", " ")]
        print("\t".join([path, *faults]), flush=True)


main()
