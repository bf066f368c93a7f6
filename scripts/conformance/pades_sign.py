"""Signs PDFs with pyHanko as a person's own program would; arguments: folder of the demo's keys, their password, B-B or B-T, then files; each is replaced by its signed form."""

import logging
import sys
from os.path import join

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.timestamps import DummyTimeStamper


def main():
    logging.disable(logging.CRITICAL)
    folder, password, level, *paths = sys.argv[1:]

    def key_of(name):
        return SimpleSigner.load_pkcs12(join(folder, name), passphrase=password.encode())

    authority = key_of("marcatura.p12")
    stamper = DummyTimeStamper(
        authority.signing_cert, authority.signing_key, certs_to_embed=authority.cert_registry
    )
    metadata = PdfSignatureMetadata(
        field_name="Signature1", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES
    )
    signer = PdfSigner(
        metadata, key_of("comandante.p12"), timestamper=stamper if level == "B-T" else None
    )
    for path in paths:
        with open(path, "rb") as file:
            signed = signer.sign_pdf(IncrementalPdfFileWriter(file)).getvalue()
        with open(path, "wb") as file:
            file.write(signed)


main()
