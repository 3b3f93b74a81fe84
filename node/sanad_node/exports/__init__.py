"""What the ledger knows of a document, in the forms of others: a COSE receipt (RFC 9942), a W3C verifiable credential.

Made from the same proof and standing as a bundle, for partners whose systems read these forms. Our own readers take
bundles: neither form carries the members' cosignatures in a way that its readers would check (docs/spec/exports.md).
"""
