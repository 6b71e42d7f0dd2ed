//! Bytes and text that are wiped from memory when they are dropped.

use std::ops::{Deref, DerefMut};

use zeroize::Zeroize;

/// Like `zeroize::Zeroizing`, but faster.
///
/// `Zeroizing` wipes the elements of a `Vec` one by one, and only its spare capacity in one piece.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Wiped<T: Emptied>(T);

/// A buffer that keeps its memory when it is emptied.
pub trait Emptied: Zeroize {
    fn empty(&mut self);
}

impl Emptied for Vec<u8> {
    fn empty(&mut self) {
        self.clear();
    }
}

impl Emptied for String {
    fn empty(&mut self) {
        self.clear();
    }
}

impl<T: Emptied> Wiped<T> {
    pub(crate) fn new(content: T) -> Self {
        Self(content)
    }
}

impl<T: Emptied> Drop for Wiped<T> {
    fn drop(&mut self) {
        self.0.empty();
        // The whole buffer is spare capacity now, and is wiped in one piece.
        self.0.zeroize();
    }
}

impl<T: Emptied> Deref for Wiped<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Emptied> DerefMut for Wiped<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// Does not show the content, which may be a password.
impl<T: Emptied> std::fmt::Debug for Wiped<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Wiped")
    }
}
