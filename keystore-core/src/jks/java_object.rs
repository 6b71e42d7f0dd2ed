//! Serialized Java objects, read as data (Java Object Serialization Specification, ch. 6).
//!
//! This module supports what the objects of sealed keys need: one object with default serialization, whose fields are null,
//! primitive values, byte arrays, strings and enum constants. No class is loaded, and nothing is instantiated. The number of
//! elements is limited, so a hostile stream costs little.

use super::modified_utf8;
use crate::error::{Defect, Error};
use crate::reader::Reader;

pub(super) const STREAM_HEADER: [u8; 4] = [0xac, 0xed, 0, 5];

const FIRST_HANDLE: u32 = 0x7e_0000;
/// The mask of a class's flags.
///
/// The three highest bits have no meaning.
const FLAGS: u8 = 0x1f;
const SERIALIZABLE: u8 = 2;
const NULL: u8 = 0x70;
const REFERENCE: u8 = 0x71;
const CLASS: u8 = 0x72;
const OBJECT: u8 = 0x73;
const STRING: u8 = 0x74;
const ARRAY: u8 = 0x75;
const END_OF_BLOCK: u8 = 0x78;
const ENUM: u8 = 0x7e;

const SERIAL_VERSIONS: [(&[u8], u64); 4] = [
    (b"com.sun.crypto.provider.SealedObjectForKeyProtector", 0xcd57_ca59_e730_bb53),
    (SEALED_OBJECT, 0x3e36_3da6_c3b7_5470),
    (b"javax.crypto.spec.SecretKeySpec", 0x5b47_0b66_e230_614d),
    (b"java.security.KeyRep", 0xbdf9_4fb3_889a_a543),
];

const SEALED_OBJECT: &[u8] = b"javax.crypto.SealedObject";
/// The fields of a `SealedObject`.
///
/// Java refuses primitive values for these fields.
const OBJECTS: [&[u8]; 4] = [b"encodedParams", b"encryptedContent", b"paramsAlg", b"sealAlg"];

/// The maximum number of classes, fields and values.
///
/// A sealed key that the JDK writes has about twenty elements.
const MAX_ELEMENTS: usize = 64;

#[derive(Debug)]
pub(super) struct Object<'a> {
    pub(super) class: &'a [u8],
    /// The fields of the superclasses come first.
    fields: Vec<(&'a [u8], Value<'a>)>,
}

#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// A value that no reader needs, such as null, a number or an enum constant.
    Other,
}

impl<'a> Object<'a> {
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, Error> {
        let start = *reader;
        let header: &[u8; 4] = reader.array()?;
        if *header != STREAM_HEADER || reader.u8()? != OBJECT {
            return Err(defect(&start));
        }
        Stream { reader, handles: Vec::new(), elements: 0 }.object()
    }

    pub(super) fn text(&self, field: &str) -> Option<&'a [u8]> {
        self.fields.iter().find_map(|(name, value)| match value {
            Value::Text(text) if *name == field.as_bytes() => Some(*text),
            _ => None,
        })
    }

    pub(super) fn bytes(&self, field: &str) -> Option<&'a [u8]> {
        self.fields.iter().find_map(|(name, value)| match value {
            Value::Bytes(bytes) if *name == field.as_bytes() => Some(*bytes),
            _ => None,
        })
    }
}

#[derive(Debug, Clone)]
enum Handle<'a> {
    Class(Class<'a>),
    Value(Value<'a>),
}

#[derive(Debug, Clone, Default)]
struct Class<'a> {
    name: &'a [u8],
    flags: u8,
    /// Type codes and names of all fields, those of the superclasses first.
    fields: Vec<(u8, &'a [u8])>,
}

struct Stream<'r, 'a> {
    reader: &'r mut Reader<'a>,
    handles: Vec<Handle<'a>>,
    elements: usize,
}

impl<'a> Stream<'_, 'a> {
    fn object(&mut self) -> Result<Object<'a>, Error> {
        let start = *self.reader;
        let class = self.class()?.filter(|class| class.flags & FLAGS == SERIALIZABLE).ok_or_else(|| defect(&start))?;
        self.handles.push(Handle::Value(Value::Other));
        let mut fields = Vec::new();
        for (code, name) in class.fields {
            fields.push((name, self.field(code)?));
        }
        Ok(Object { class: class.name, fields })
    }

    fn field(&mut self, code: u8) -> Result<Value<'a>, Error> {
        let length = match code {
            b'[' | b'L' => return self.value(),
            b'B' | b'Z' => 1,
            b'C' | b'S' => 2,
            b'I' | b'F' => 4,
            _ => 8,
        };
        self.reader.bytes(length).map(|_| Value::Other)
    }

    fn value(&mut self) -> Result<Value<'a>, Error> {
        let start = self.element()?;
        match self.reader.u8()? {
            NULL => Ok(Value::Other),
            REFERENCE => match self.reference()? {
                Handle::Value(value) => Ok(value),
                Handle::Class(_) => Err(defect(&start)),
            },
            STRING => {
                let value = Value::Text(self.text()?);
                self.handles.push(Handle::Value(value));
                Ok(value)
            }
            ARRAY => self.array(),
            ENUM => self.constant(),
            _ => Err(defect(&start)),
        }
    }

    fn array(&mut self) -> Result<Value<'a>, Error> {
        let start = *self.reader;
        if self.class()?.is_none_or(|class| class.name != b"[B") {
            return Err(defect(&start));
        }
        let value = Value::Bytes(self.reader.long_bytes()?);
        self.handles.push(Handle::Value(value));
        Ok(value)
    }

    fn constant(&mut self) -> Result<Value<'a>, Error> {
        self.class()?;
        self.handles.push(Handle::Value(Value::Other));
        self.value().map(|_| Value::Other)
    }

    fn class(&mut self) -> Result<Option<Class<'a>>, Error> {
        let start = self.element()?;
        match self.reader.u8()? {
            NULL => Ok(None),
            REFERENCE => match self.reference()? {
                Handle::Class(class) => Ok(Some(class)),
                Handle::Value(_) => Err(defect(&start)),
            },
            CLASS => self.new_class().map(Some),
            _ => Err(defect(&start)),
        }
    }

    fn new_class(&mut self) -> Result<Class<'a>, Error> {
        let name = self.text()?;
        let start = *self.reader;
        let serial_version = u64::from_be_bytes(*self.reader.array()?);
        if SERIAL_VERSIONS.iter().any(|(known, version)| *known == name && *version != serial_version) {
            return Err(defect(&start));
        }
        let handle = self.handles.len();
        self.handles.push(Handle::Class(Class::default()));
        let flags = self.reader.u8()?;
        let own_fields = self.field_declarations()?;
        if name == SEALED_OBJECT
            && own_fields.iter().any(|(code, field)| !b"[L".contains(code) && OBJECTS.contains(field))
        {
            return Err(defect(&start));
        }
        let start = *self.reader;
        if self.reader.u8()? != END_OF_BLOCK {
            return Err(defect(&start));
        }
        let superclass = self.class()?;
        let mut fields = superclass.map_or_else(Vec::new, |class| class.fields);
        fields.extend(own_fields);
        let class = Class { name, flags, fields };
        if let Some(known) = self.handles.get_mut(handle) {
            *known = Handle::Class(class.clone());
        }
        Ok(class)
    }

    fn field_declarations(&mut self) -> Result<Vec<(u8, &'a [u8])>, Error> {
        let mut fields = Vec::new();
        // Java takes a negative number for none.
        for _ in 0..i16::from_be_bytes(*self.reader.array()?) {
            let start = self.element()?;
            let (mut code, name) = (self.reader.u8()?, self.text()?);
            // The signature of an array or an object overrides the code (`java.io.ObjectStreamField`).
            if let b'[' | b'L' = code {
                let Value::Text([first, ..]) = self.value()? else { return Err(defect(&start)) };
                code = *first;
            }
            if !b"[LBCDFIJSZ".contains(&code) {
                return Err(defect(&start));
            }
            fields.push((code, name));
        }
        Ok(fields)
    }

    fn text(&mut self) -> Result<&'a [u8], Error> {
        let start = *self.reader;
        let text = self.reader.short_bytes()?;
        modified_utf8::check(text).map_err(|defect| start.malformed(defect))?;
        Ok(text)
    }

    fn reference(&mut self) -> Result<Handle<'a>, Error> {
        let start = *self.reader;
        let place = self.reader.u32()?.checked_sub(FIRST_HANDLE).and_then(|place| usize::try_from(place).ok());
        let handle = place.and_then(|place| self.handles.get(place));
        handle.cloned().ok_or_else(|| defect(&start))
    }

    /// Counts an element, and returns its position for errors.
    fn element(&mut self) -> Result<Reader<'a>, Error> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS { Err(defect(self.reader)) } else { Ok(*self.reader) }
    }
}

fn defect(reader: &Reader<'_>) -> Error {
    reader.malformed(Defect::JavaObject)
}
