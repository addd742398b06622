//! Reading a request and no more of it than must be.

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Reads one request to its end. `None`: the client has hung up. Otherwise whether it is a GET.
pub(crate) async fn read(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<Option<bool>> {
    let mut length = 0;
    let head = loop {
        let read = socket.read(&mut buffer[length..]).await?;
        if read == 0 {
            return Ok(None);
        }
        length += read;
        let read = &buffer[..length];
        if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
    };
    let is_get = buffer.starts_with(b"GET ");
    let mut left = head + body_length(&buffer[..head]) - length;
    while left > 0 {
        let room = left.min(buffer.len());
        left -= socket.read(&mut buffer[..room]).await?;
    }
    Ok(Some(is_get))
}

fn body_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.split("content-length:").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next());
    length
        .and_then(|digits| digits.trim().parse().ok())
        .unwrap_or(0)
}
