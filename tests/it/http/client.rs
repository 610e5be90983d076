//! An HTTP client that sends exactly what it is told, bad requests too.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::server::WAIT_MAX;

/// What the server said.
#[derive(Debug, Default)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A connection.
pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(WAIT_MAX)).unwrap();
        stream.set_write_timeout(Some(WAIT_MAX)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    /// Sends bytes. An error is not one of the test: the server may have closed already.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }

    fn fill(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 64 << 10];
        let read = self.stream.read(&mut buffer)?;
        self.unread.extend_from_slice(&buffer[..read]);
        Ok(read)
    }

    fn take(&mut self, len: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < len {
            if self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let rest = self.unread.split_off(len);
        Ok(std::mem::replace(&mut self.unread, rest))
    }

    fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(at) = self.unread.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.take(at + 2)?;
                return Ok(String::from_utf8_lossy(&line[..at]).into_owned());
            }
            if self.fill()? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Reads status and headers. `None` at the end of the connection.
    pub fn head(&mut self) -> Option<Answer> {
        let line = self.line().ok()?;
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut answer = Answer {
            status: status.unwrap_or(0),
            ..Answer::default()
        };
        loop {
            let line = self.line().ok()?;
            let Some((name, value)) = line.split_once(": ") else {
                return Some(answer);
            };
            answer
                .headers
                .push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }

    /// The next chunk of a chunked body; empty at the end.
    pub fn chunk(&mut self) -> io::Result<Vec<u8>> {
        let len = usize::from_str_radix(&self.line()?, 16).map_err(io::Error::other)?;
        let chunk = self.take(len)?;
        self.take(2)?;
        Ok(chunk)
    }

    /// Reads one answer. `None` at the end of the connection.
    pub fn answer(&mut self) -> Option<Answer> {
        let mut answer = self.head()?;
        if answer.status == 100 {
            return self.answer();
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            loop {
                let chunk = self.chunk().ok()?;
                if chunk.is_empty() {
                    return Some(answer);
                }
                answer.body.extend(chunk);
            }
        }
        let len = answer
            .header("content-length")
            .and_then(|len| len.parse().ok())
            .unwrap_or(0);
        answer.body = self.take(len).ok()?;
        Some(answer)
    }

    /// Whether the server ends the connection without another word.
    pub fn is_closed(&mut self) -> bool {
        self.unread.is_empty() && !matches!(self.fill(), Ok(1..))
    }
}

/// Sends one request on a connection of its own and reads the answer.
pub fn ask(address: SocketAddr, request: impl AsRef<[u8]>) -> Answer {
    let mut connection = Connection::open(address);
    let _ = connection.send(request);
    connection.answer().unwrap_or_default()
}

/// A request without a body. `extra` are further header lines.
pub fn get(path: &str, extra: &[&str]) -> String {
    request("GET", path, extra, "")
}

pub fn request(verb: &str, path: &str, extra: &[&str], body: &str) -> String {
    let mut request = format!("{verb} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for line in extra {
        request += line;
        request += "\r\n";
    }
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    request + "\r\n" + body
}
