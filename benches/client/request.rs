//! What the servers of the benches share: listening on a thread of their own, and reading a request
//! and no more of it than must be.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// A server's thread, which ends when this goes.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

/// Listens on a port of the system's choice; `answer` serves one connection to its end.
pub(crate) fn listen<F>(answer: impl Fn(TcpStream) -> F + Send + 'static) -> io::Result<Listening>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    rustix::net::listen(&listener, 4096)?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel();
    std::thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || serve(listener, answer, stopped))?;
    Ok(Listening {
        address,
        _stop: stop,
    })
}

fn serve<F>(
    listener: std::net::TcpListener,
    answer: impl Fn(TcpStream) -> F,
    mut stopped: oneshot::Receiver<()>,
) -> io::Result<()>
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            tokio::select! {
                _ = &mut stopped => return Ok(()),
                accepted = listener.accept() => {
                    let (socket, _) = accepted?;
                    socket.set_nodelay(true)?;
                    tokio::spawn(answer(socket));
                }
            }
        }
    })
}

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
        let read = socket.read(&mut buffer[..room]).await?;
        if read == 0 {
            return Ok(None);
        }
        left -= read;
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
