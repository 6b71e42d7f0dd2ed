//! The extensions of a certificate that this crate examines.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use x509_parser::extensions::{GeneralName, ParsedExtension, X509Extension};

use super::BasicConstraints;
use crate::extension::{ExtendedKeyUsage, KeyUsage, SubjectAltName};

#[derive(Clone, Debug, Default)]
pub(crate) struct Extensions {
    pub(crate) alt_names: Vec<SubjectAltName>,
    pub(crate) key_usages: Option<Vec<KeyUsage>>,
    pub(crate) extended_key_usages: Option<Vec<ExtendedKeyUsage>>,
    pub(crate) basic_constraints: Option<BasicConstraints>,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) authority_key_identifier: Option<Vec<u8>>,
    pub(crate) has_name_constraints: bool,
    pub(crate) critical: Vec<String>,
    pub(crate) unreadable: Vec<String>,
}

impl Extensions {
    pub(crate) fn read(extensions: &[X509Extension<'_>]) -> Self {
        let mut read = Self::default();
        for extension in extensions {
            read.add(extension);
        }
        read
    }

    fn add(&mut self, extension: &X509Extension<'_>) {
        if extension.critical {
            self.critical.push(extension.oid.to_id_string());
        }
        match extension.parsed_extension() {
            ParsedExtension::SubjectAlternativeName(names) => {
                self.alt_names = names.general_names.iter().map(alt_name).collect();
            }
            ParsedExtension::KeyUsage(usage) => self.key_usages = Some(KeyUsage::from_flags(usage.flags)),
            ParsedExtension::ExtendedKeyUsage(usage) => self.extended_key_usages = Some(purposes(usage)),
            ParsedExtension::BasicConstraints(constraints) => {
                self.basic_constraints = Some(match (constraints.ca, constraints.path_len_constraint) {
                    (true, path_length) => BasicConstraints::Authority { path_length },
                    (false, _) => BasicConstraints::EndEntity,
                });
            }
            ParsedExtension::SubjectKeyIdentifier(identifier) => {
                self.subject_key_identifier = Some(identifier.0.to_vec());
            }
            ParsedExtension::AuthorityKeyIdentifier(identifier) => {
                self.authority_key_identifier = identifier.key_identifier.as_ref().map(|bytes| bytes.0.to_vec());
            }
            ParsedExtension::NameConstraints(_) => self.has_name_constraints = true,
            ParsedExtension::ParseError { .. } => self.unreadable.push(extension.oid.to_id_string()),
            _ => {}
        }
    }
}

fn alt_name(name: &GeneralName<'_>) -> SubjectAltName {
    match name {
        GeneralName::DNSName(name) => SubjectAltName::DnsName((*name).to_owned()),
        GeneralName::RFC822Name(name) => SubjectAltName::Email((*name).to_owned()),
        GeneralName::URI(name) => SubjectAltName::Uri((*name).to_owned()),
        GeneralName::IPAddress(bytes) => ip_address(bytes),
        GeneralName::DirectoryName(name) => SubjectAltName::Other { tag: 4, content: name.as_raw().to_vec() },
        GeneralName::OtherName(_, value) => SubjectAltName::Other { tag: 0, content: value.to_vec() },
        GeneralName::RegisteredID(oid) => SubjectAltName::Other { tag: 8, content: oid.as_bytes().to_vec() },
        GeneralName::X400Address(any) | GeneralName::EDIPartyName(any) => {
            SubjectAltName::Other { tag: any.tag().0, content: any.data.to_vec() }
        }
        GeneralName::Invalid(tag, content) => SubjectAltName::Other { tag: tag.0, content: content.to_vec() },
    }
}

fn ip_address(bytes: &[u8]) -> SubjectAltName {
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes) {
        SubjectAltName::IpAddress(IpAddr::V4(Ipv4Addr::from(bytes)))
    } else if let Ok(bytes) = <[u8; 16]>::try_from(bytes) {
        SubjectAltName::IpAddress(IpAddr::V6(Ipv6Addr::from(bytes)))
    } else {
        SubjectAltName::Other { tag: 7, content: bytes.to_vec() }
    }
}

fn purposes(usage: &x509_parser::extensions::ExtendedKeyUsage<'_>) -> Vec<ExtendedKeyUsage> {
    let known = [
        (usage.server_auth, ExtendedKeyUsage::ServerAuth),
        (usage.client_auth, ExtendedKeyUsage::ClientAuth),
        (usage.code_signing, ExtendedKeyUsage::CodeSigning),
        (usage.email_protection, ExtendedKeyUsage::EmailProtection),
        (usage.time_stamping, ExtendedKeyUsage::TimeStamping),
        (usage.ocsp_signing, ExtendedKeyUsage::OcspSigning),
        (usage.any, ExtendedKeyUsage::Any),
    ];
    let known = known.into_iter().filter_map(|(set, usage)| set.then_some(usage));
    known.chain(usage.other.iter().map(|oid| ExtendedKeyUsage::Other(oid.to_id_string()))).collect()
}
