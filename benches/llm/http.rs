//! Any server that speaks as OpenAI's does, over HTTP.

use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, poll};
use serde_json::{Value, json};

use crate::{Server, Streamed};

/// A server at an address.
pub struct Http(String);

impl Http {
    pub fn new(address: &str) -> Self {
        Self(address.to_owned())
    }

    /// Sends a request; returns the connection.
    fn ask(&self, prompt: &[i32], predict: u32) -> TcpStream {
        let body = body(prompt, predict);
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
        stream
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
pub struct Events {
    begun: Instant,
    /// What came of a line that is not whole.
    line: Vec<u8>,
    first: Option<Instant>,
    tokens: u32,
}

impl Events {
    /// Those of a request that is sent now.
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            line: Vec::new(),
            first: None,
            tokens: 0,
        }
    }

    /// Takes what came.
    pub fn read(&mut self, mut bytes: &[u8]) {
        while bytes.read_until(b'\n', &mut self.line).unwrap() > 0 {
            if self.line.ends_with(b"\n") {
                let line = std::mem::take(&mut self.line);
                self.take(&line);
            }
        }
    }

    /// Takes a line, as clients do: all of it is parsed.
    fn take(&mut self, line: &[u8]) {
        if line.starts_with(b"HTTP/") {
            let status = String::from_utf8_lossy(line);
            assert!(status.contains(" 200 "), "{status}");
        }
        let Some(data) = line.strip_prefix(b"data: ").filter(|it| it[0] == b'{') else {
            return;
        };
        let event: Value = serde_json::from_slice(data).unwrap();
        let text = event["choices"][0]["text"].as_str();
        if text.is_some_and(|text| !text.is_empty()) {
            self.first.get_or_insert_with(Instant::now);
        }
        if let Some(tokens) = event["usage"]["completion_tokens"].as_u64() {
            self.tokens = tokens as u32;
        }
    }

    /// What they brought, once all are there. A short text may be no whole character: then its end
    /// is what was waited for.
    pub fn streamed(&self) -> Streamed {
        let first = self.first.unwrap_or_else(Instant::now);
        Streamed {
            tokens: self.tokens,
            first: first - self.begun,
        }
    }
}

impl Server for Http {
    fn complete(&self, prompts: &[Vec<i32>], predict: u32) -> Vec<Streamed> {
        let mut events = Vec::new();
        let mut streams: Vec<Option<TcpStream>> = Vec::new();
        for prompt in prompts {
            events.push(Events::new());
            streams.push(Some(self.ask(prompt, predict)));
        }
        let mut bytes = vec![0; 1 << 14];
        while streams.iter().any(Option::is_some) {
            let open: Vec<usize> = (0..streams.len())
                .filter(|at| streams[*at].is_some())
                .collect();
            let mut ready: Vec<PollFd<'_>> = streams
                .iter()
                .flatten()
                .map(|it| PollFd::new(it, PollFlags::IN))
                .collect();
            poll(&mut ready, None).unwrap();
            let ready: Vec<bool> = ready.iter().map(|it| !it.revents().is_empty()).collect();
            for at in open.into_iter().zip(ready).filter(|it| it.1).map(|it| it.0) {
                let stream = streams[at].as_mut().unwrap();
                match stream.read(&mut bytes).unwrap() {
                    0 => streams[at] = None,
                    len => events[at].read(&bytes[..len]),
                }
            }
        }
        events.iter().map(Events::streamed).collect()
    }
}
