//! The defects of keys, names, PEM texts, chains and certificates.

/// A defect of an RSA key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyDefect {
    /// The modulus is even, or not the product of the two primes.
    #[error("its modulus is not the odd product of its two primes")]
    Modulus,
    /// The modulus has fewer than 1024 or more than 8192 bits.
    #[error("its modulus has {bits} bits, outside 1024 to 8192")]
    ModulusSize {
        /// The length of the modulus, in bits.
        bits: u32,
    },
    /// The public exponent is even, below 3 or above 2^33-1.
    #[error("its public exponent is even or outside 3 to 2^33-1")]
    PublicExponent,
    /// A factor is composite or longer than half the modulus, or the factors are equal.
    #[error("its factors are not two different primes of half the modulus' length")]
    Prime,
    /// The private exponent is too large or does not match the public exponent.
    #[error("its private exponent is too large or does not match its public exponent")]
    PrivateExponent,
    /// A CRT exponent or the CRT coefficient does not match the other numbers.
    #[error("a CRT exponent or the CRT coefficient does not match its other numbers")]
    Crt,
    /// The key has more than two primes (RFC 8017, appendix A.1.2, version 1).
    #[error("it has more than two primes")]
    MultiPrime,
}

/// A defect of a name, given as text or DER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameDefect {
    /// A part of the name is empty.
    #[error("a part of it is empty")]
    Empty,
    /// A part has no `=`.
    #[error("a part of it has no equals sign")]
    MissingEquals,
    /// A keyword is neither one of Java's nor an object identifier.
    #[error("a keyword is neither one that keytool knows nor an object identifier")]
    UnknownKeyword,
    /// A backslash is followed by neither a special character nor two hexadecimal digits.
    #[error("a backslash is followed by neither a special character nor two hexadecimal digits")]
    Escape,
    /// A special character in a value is neither escaped nor quoted.
    #[error("a special character is neither escaped nor quoted")]
    Unescaped,
    /// A quotation mark is not closed.
    #[error("a quotation mark is not closed")]
    OpenQuote,
    /// There is text between a value's closing quotation mark and the next separator or the end.
    #[error("there is text after a closing quotation mark")]
    AfterQuote,
    /// `#` is not followed by a DER element in hexadecimal digits.
    #[error("the number sign is not followed by a DER element in hexadecimal digits")]
    Hexadecimal,
    /// Bytes given in hexadecimal digits are not UTF-8.
    #[error("bytes in it are not UTF-8")]
    NotUtf8,
    /// Bytes are not the DER of a name (RFC 5280, section 4.1.2.4).
    #[error("its bytes are not the DER of a name")]
    Der,
    /// A value of DC or EMAILADDRESS is not ASCII.
    #[error("a value of DC or EMAILADDRESS is not ASCII")]
    NotAscii,
}

/// A defect of a PEM text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemDefect {
    /// A block has no END line, or the label of its END line is another one.
    #[error("a block does not end with the label that it begins with")]
    Unbalanced,
    /// The content of a block is not base64.
    #[error("the content of a block is not base64")]
    Base64,
    /// A block has header lines, as in OpenSSL's encryption from before PKCS#8.
    #[error("a block has header lines, as in OpenSSL's old encryption; `openssl pkcs8 -topk8` converts such a key")]
    Headers,
    /// There is more than one private key.
    #[error("there is a second private key")]
    SeveralKeys,
    /// There is more than one request.
    #[error("there is a second certificate request")]
    SeveralRequests,
    /// A certificate comes with OpenSSL's trust settings.
    #[error("a certificate comes with OpenSSL's trust settings; `openssl x509` converts it")]
    Trusted,
}

/// A defect of a chain of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChainDefect {
    /// A certificate's issuer and the next certificate's subject are not the same bytes.
    #[error("the certificate's issuer is not the subject of the next certificate")]
    OtherIssuer,
    /// The authority key identifier is not the subject key identifier of the next certificate.
    ///
    /// RFC 5280, section 4.2.1.2, requires that the two be the same.
    #[error("the certificate's authority key identifier is not the next certificate's subject key identifier")]
    OtherKeyIdentifier,
    /// A certificate's signature is not valid under the next certificate's key.
    #[error("the certificate's signature was not made with the next certificate's key")]
    Signature,
    /// A certificate's signature cannot be checked with the next certificate's key.
    ///
    /// This build does not support the key or the signature algorithm, or the two do not belong together.
    #[error("the certificate's signature cannot be checked with the next certificate's key")]
    UnsupportedSignature,
    /// The issuer, or the authority itself, may not issue certificates.
    ///
    /// The reason is basicConstraints, keyUsage, or an extension that cannot be read.
    #[error("the certificate's issuer, or the authority itself, is not allowed to issue certificates")]
    NotAnAuthority,
    /// An issuer has more authorities below it than its pathLenConstraint allows.
    #[error("there are more authorities below the certificate's issuer than the issuer allows")]
    PathLength,
    /// The first certificate's dates are not within those of every certificate above it.
    ///
    /// As an exception, the first certificate may begin up to a day before a certificate above it.
    #[error("the certificate's dates are not within those of every certificate above it")]
    Dates,
    /// The first certificate is not for the key of the authority or of the request.
    #[error("the certificate is not for the key")]
    OtherKey,
}

/// A part of a certificate (RFC 5280, section 4.1) or of a request (RFC 2986, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificatePart {
    /// The outermost structure, or the structure of the signed part.
    #[error("its structure")]
    Structure,
    /// Bytes after the end.
    #[error("there are bytes after its end")]
    Trailing,
    /// The version.
    #[error("its version")]
    Version,
    /// The serial number.
    #[error("its serial number")]
    SerialNumber,
    /// The signature algorithm.
    #[error("its signature algorithm")]
    SignatureAlgorithm,
    /// The issuer's or the subject's name.
    #[error("a name in it")]
    Name,
    /// One of the two dates.
    #[error("a date in it")]
    Validity,
    /// The subject's public key.
    #[error("its public key")]
    PublicKey,
    /// The attributes of a request, or one of them.
    #[error("its attributes")]
    Attributes,
    /// The extensions, or one of them.
    #[error("its extensions")]
    Extensions,
    /// The signature itself.
    #[error("its signature")]
    Signature,
}
