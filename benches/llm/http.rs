//! Any server that speaks as OpenAI's does, over HTTP.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Instant;

use serde_json::{Value, json};

use crate::{Server, Streamed};

/// A server at an address.
pub struct Http(String);

impl Http {
    pub fn new(address: &str) -> Self {
        Self(address.to_owned())
    }
}

/// A request for a completion, in the words that all servers know.
pub fn body(prompt: &[i32], predict: u32) -> String {
    let body = json!({
        "prompt": prompt,
        "max_tokens": predict,
        "ignore_eos": true,
        "stream": true,
        "stream_options": { "include_usage": true },
        "temperature": 0,
    });
    body.to_string()
}

/// Reads events of a completion: when the first text came, and how many tokens were told.
#[derive(Default)]
pub struct Events {
    pub first: Option<Instant>,
    pub tokens: u32,
}

impl Events {
    /// Takes a line. Only the few that tell how much it was are understood.
    pub fn line(&mut self, line: &[u8]) {
        let Some(data) = line.strip_prefix(b"data: {") else {
            return;
        };
        let has = |what: &[u8]| data.windows(what.len()).any(|it| it == what);
        if self.first.is_none() && has(br#""text":""#) && !has(br#""text":"""#) {
            self.first = Some(Instant::now());
        }
        if has(br#""usage":"#) {
            let event: Value = serde_json::from_slice(&line[6..]).unwrap();
            let tokens = event["usage"]["completion_tokens"].as_u64();
            self.tokens = tokens.unwrap_or_default() as u32;
        }
    }
}

impl Server for Http {
    fn complete(&self, _: u32, prompt: &[i32], predict: u32) -> Streamed {
        let body = body(prompt, predict);
        let started = Instant::now();
        let mut stream = TcpStream::connect(&self.0).unwrap();
        stream.set_nodelay(true).unwrap();
        write!(
            stream,
            "POST /v1/completions HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Connection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.0,
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::with_capacity(1 << 14, stream);
        let (mut events, mut line) = (Events::default(), Vec::new());
        reader.read_until(b'\n', &mut line).unwrap();
        let status = String::from_utf8_lossy(&line).into_owned();
        assert!(status.contains(" 200 "), "{status}");
        loop {
            line.clear();
            if reader.read_until(b'\n', &mut line).unwrap() == 0 {
                break;
            }
            events.line(&line);
        }
        Streamed {
            tokens: events.tokens,
            first: events.first.unwrap() - started,
        }
    }
}
