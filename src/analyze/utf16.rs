//! Text in UTF-16 as UTF-8: what a redirection in an older PowerShell writes.
//!
//! A half of a character that has no other half becomes a replacement character, as everywhere.

use std::io::{self, Read};

/// Bytes taken from the input at once.
const SIP: usize = 64 * 1024;

/// Reads UTF-16 as UTF-8.
pub(super) struct Utf16AsUtf8<R> {
    read: R,
    unit: fn([u8; 2]) -> u16,
    /// Bytes and units whose other half has not come yet.
    odd: Option<u8>,
    high: Option<u16>,
    out: Vec<u8>,
    given: usize,
    buffer: Vec<u8>,
}

impl<R: Read> Utf16AsUtf8<R> {
    pub(super) fn new(read: R, unit: fn([u8; 2]) -> u16) -> Self {
        Self { read, unit, odd: None, high: None, out: Vec::new(), given: 0, buffer: vec![0; SIP] }
    }

    fn take(&mut self, taken: usize) {
        let bytes = self.odd.take().into_iter().chain(self.buffer[..taken].iter().copied());
        let mut units = Vec::with_capacity(taken / 2 + 2);
        units.extend(self.high.take());
        let mut first = None;
        for byte in bytes {
            match first.take() {
                None => first = Some(byte),
                Some(first) => units.push((self.unit)([first, byte])),
            }
        }
        self.odd = first;
        if let Some(last @ 0xd800..=0xdbff) = units.last().copied() {
            units.pop();
            self.high = Some(last);
        }
        let mut utf8 = [0; 4];
        for c in char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)) {
            if c != '\u{feff}' {
                self.out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
            }
        }
    }
}

impl<R: Read> Read for Utf16AsUtf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.out.len() {
            self.out.clear();
            self.given = 0;
            let taken = self.read.read(&mut self.buffer)?;
            if taken == 0 {
                return Ok(0);
            }
            self.take(taken);
        }
        let taken = (self.out.len() - self.given).min(buffer.len());
        buffer[..taken].copy_from_slice(&self.out[self.given..self.given + taken]);
        self.given += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_out_whole_wherever_it_was_cut() {
        let text = "größer 日本 🦀\n";
        let bytes: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for at in 0..bytes.len() {
            let (first, second) = bytes.split_at(at);
            let mut told = String::new();
            Utf16AsUtf8::new(first.chain(second), u16::from_le_bytes).read_to_string(&mut told).unwrap();
            assert_eq!(told, text, "cut at {at}");
        }
    }
}
