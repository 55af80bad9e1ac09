//! The stand-in for a TLS handshake: one byte each way.
//!
//! The lab has no TLS. With the byte, a client notices a server that does not speak yet before its first request, as it
//! would in a real cluster.

use std::io;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Content type of a TLS handshake record (RFC 8446, section 5.1); the value itself is not checked.
const HANDSHAKE: u8 = 0x16;

/// Sends the client's byte and waits for the server's.
///
/// # Errors
///
/// If the connection ends or breaks before the server's byte.
pub(in crate::lab) async fn connect(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_u8(HANDSHAKE).await?;
    stream.read_u8().await.map(drop)
}

/// Waits for the client's byte and answers it.
///
/// # Errors
///
/// If the connection ends or breaks before the server's byte is written.
pub(in crate::lab) async fn accept(stream: &mut TcpStream) -> io::Result<()> {
    stream.read_u8().await?;
    stream.write_u8(HANDSHAKE).await
}
