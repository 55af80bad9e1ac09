//! Decompression and decoding of an input, by its first bytes.
//!
//! The name of a file is never looked at. Everything here streams: memory does not grow with the input.

use std::io::{self, Read};

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::export::ExportAsJson;
use crate::kubelet::is_export;

/// Layers of compression that are removed (a `.gz` that was compressed again); a bomb of nested archives ends there.
const MOST_LAYERS: usize = 3;

/// Bytes from the start of an input that decide its form: as many as the longest magic number has.
const MAGIC_LENGTH: usize = b"__CURSOR=".len();

/// Magic number of gzip (RFC 1952, section 2.3.1).
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Magic number of zstd (RFC 8878, section 3.1.1).
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Signature of a binary journal (`HEADER_SIGNATURE` in systemd's `src/libsystemd/sd-journal/journal-def.h`).
const BINARY_JOURNAL: &[u8] = b"LPKSHHRH";

/// Byte order marks of UTF-16, which a redirection in Windows PowerShell 5.1 writes.
const UTF16_MARKS: [&[u8]; 2] = [&[0xff, 0xfe], &[0xfe, 0xff]];

/// The form of an input without its compression.
pub(crate) enum Decoded {
    Text(Box<dyn Read + Send>),
    BinaryJournal,
}

/// Removes compression and encoding from an input.
///
/// # Errors
/// Returns an error if the first bytes cannot be read, or those of a compressed input are damaged.
pub(crate) fn decode(mut reader: Box<dyn Read + Send>) -> io::Result<Decoded> {
    let mut layers = 0;
    loop {
        let start = first_bytes(&mut *reader)?;
        let replayed: Box<dyn Read + Send> = Box::new(io::Cursor::new(start.clone()).chain(reader));
        if layers < MOST_LAYERS && start.starts_with(GZIP) {
            reader = Box::new(flate2::read::MultiGzDecoder::new(replayed));
        } else if layers < MOST_LAYERS && start.starts_with(ZSTD) {
            reader = Box::new(zstd::stream::read::Decoder::new(replayed)?);
        } else {
            return Ok(plain(&start, replayed));
        }
        layers += 1;
    }
}

/// Decodes an input that is not compressed.
fn plain(start: &[u8], reader: Box<dyn Read + Send>) -> Decoded {
    if start.starts_with(BINARY_JOURNAL) {
        Decoded::BinaryJournal
    } else if is_export(start) {
        Decoded::Text(Box::new(ExportAsJson::new(reader)))
    } else if UTF16_MARKS.iter().any(|mark| start.starts_with(mark)) {
        Decoded::Text(Box::new(DecodeReaderBytesBuilder::new().strip_bom(true).build(reader)))
    } else {
        Decoded::Text(reader)
    }
}

/// Reads [`MAGIC_LENGTH`] bytes; fewer if the first line or the input is shorter.
///
/// One byte at a time, because the first line of a pipe must be answered before a second one is written.
fn first_bytes(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut start = Vec::with_capacity(MAGIC_LENGTH);
    let mut byte = [0];
    while start.len() < MAGIC_LENGTH && start.last() != Some(&b'\n') {
        match reader.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => start.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // a compressed file that ends within its header is an empty one
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(first: &[u8], second: &[u8]) -> String {
        let reader = Box::new(io::Cursor::new(first.to_vec()).chain(io::Cursor::new(second.to_vec())));
        let Decoded::Text(mut reader) = decode(reader).unwrap() else { panic!("a binary journal") };
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn utf_16_of_either_byte_order_becomes_utf_8_wherever_a_read_ends() {
        let text = "größer 日本 🦀\n";
        let units: Vec<u16> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).collect();
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = units.iter().copied().flat_map(to_bytes).collect();
            for at in 0..bytes.len() {
                let (first, second) = bytes.split_at(at);
                assert_eq!(text_of(first, second), text, "cut at {at}");
            }
        }
    }

    #[test]
    fn half_of_a_surrogate_pair_becomes_a_replacement_character() {
        let bytes: Vec<u8> = [0xfeff, 0xd83e, u16::from(b'x')].into_iter().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text_of(&bytes, b""), "\u{fffd}x");
    }

    #[test]
    fn only_three_layers_of_compression_are_removed() {
        let mut packed = b"text\n".to_vec();
        for _ in 0..3 {
            packed = zstd::encode_all(&*packed, 0).unwrap();
        }
        assert_eq!(text_of(&packed, b""), "text\n");
        let fourth = zstd::encode_all(&*packed, 0).unwrap();
        let Decoded::Text(mut reader) = decode(Box::new(io::Cursor::new(fourth))).unwrap() else { panic!("a journal") };
        let mut start = [0; 4];
        reader.read_exact(&mut start).unwrap();
        assert_eq!(start, ZSTD);
    }
}
