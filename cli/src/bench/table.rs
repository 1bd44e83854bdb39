//! The rows as they come: columns for people, tabs for programs, or JSON.

use std::io::{self, IsTerminal, Write};

use serde_json::{Value, json};

use super::{
    Asked,
    measure::{Measured, Took},
};

const HEAD: [&str; 8] = [
    "format",
    "level",
    "bytes",
    "ratio",
    "pack MB/s",
    "unpack MB/s",
    "pack MiB",
    "unpack MiB",
];

pub(super) struct Table {
    form: Form,
    size: u64,
    threads: usize,
}

enum Form {
    /// With so many columns for each cell.
    People([usize; HEAD.len()]),
    Tabs,
    Json,
}

impl Table {
    /// With the line at the top.
    pub(super) fn begin(asked: &Asked<'_>, size: u64, json: bool) -> io::Result<Self> {
        let form = if json {
            Form::Json
        } else if io::stdout().is_terminal() {
            let mut widths = HEAD.map(str::len);
            widths[2] = widths[2].max(size.to_string().len());
            Form::People(widths)
        } else {
            Form::Tabs
        };
        let table = Self {
            form,
            size,
            threads: asked.threads,
        };
        if let Form::People(_) = table.form {
            let threads = if asked.threads == 1 {
                "thread"
            } else {
                "threads"
            };
            let path = asked.path.to_string_lossy();
            let path = path.replace(char::is_control, " ");
            say(&format!(
                "{path}: {size} bytes, {} {threads}",
                asked.threads
            ))?;
        }
        if !json {
            table.line(&HEAD.map(str::to_owned))?;
        }
        Ok(table)
    }

    pub(super) fn row(&self, row: &Measured) -> io::Result<()> {
        if let Form::Json = self.form {
            return Ok(());
        }
        let star = if row.is_all { "" } else { "*" };
        let speed = |took| format!("{:.1}", row.speed(took) / 1e6);
        self.line(&[
            row.choice.format.to_string(),
            format!("{}{star}", row.choice.level),
            if row.is_all {
                row.bytes.to_string()
            } else {
                "–".to_owned()
            },
            format!("{:.3}", row.ratio()),
            speed(&row.pack),
            speed(&row.unpack),
            mib(&row.pack),
            mib(&row.unpack),
        ])
    }

    /// What is to be said when all is measured.
    pub(super) fn end(&self, rows: &[Measured]) -> io::Result<()> {
        match self.form {
            Form::People(_) => {
                let whole: Vec<&Measured> = rows.iter().filter(|row| row.is_all).collect();
                if whole.len() < 2 {
                    return Ok(());
                }
                let best = frontier(&whole);
                let best: Vec<String> = best.iter().map(|row| row.choice.to_string()).collect();
                let best = best.join(", ");
                say(&format!(
                    "Nothing here makes it smaller in less time than: {best}"
                ))
            }
            Form::Tabs => Ok(()),
            Form::Json => {
                let rows: Vec<Value> = rows.iter().map(as_json).collect();
                let told = json!({"bytes": self.size, "threads": self.threads, "rows": rows});
                say(&told.to_string())
            }
        }
    }

    fn line(&self, cells: &[String; HEAD.len()]) -> io::Result<()> {
        let line = match &self.form {
            // What is a number stands to the right.
            Form::People(widths) => {
                let cells = cells.iter().zip(widths).enumerate();
                let cells = cells.map(|(place, (cell, width))| match place {
                    0 => format!("{cell:width$}"),
                    _ => format!("{cell:>width$}"),
                });
                cells.collect::<Vec<_>>().join("  ")
            }
            Form::Tabs | Form::Json => cells.join("\t"),
        };
        say(&line)
    }
}

fn mib(took: &Took) -> String {
    took.memory.map_or_else(
        || "–".to_owned(),
        |bytes| bytes.div_ceil(1 << 20).to_string(),
    )
}

/// From the fastest on, each with fewer bytes than all that pack faster.
fn frontier<'r>(rows: &[&'r Measured]) -> Vec<&'r Measured> {
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| a.pack.seconds.total_cmp(&b.pack.seconds));
    let mut least = u64::MAX;
    rows.retain(|row| {
        let is_smaller = row.bytes < least;
        least = least.min(row.bytes);
        is_smaller
    });
    rows
}

fn as_json(row: &Measured) -> Value {
    let way = |took: &Took| {
        json!({
            "seconds": took.seconds,
            "bytes_per_second": row.speed(took).round(),
            "memory_bytes": took.memory,
        })
    };
    json!({
        "format": row.choice.format.name(),
        "level": row.choice.level,
        "input_bytes": row.from,
        "output_bytes": row.bytes,
        "ratio": row.ratio(),
        "pack": way(&row.pack),
        "unpack": way(&row.unpack),
    })
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

#[cfg(test)]
mod tests {
    use filittle_pack::Format;

    use super::*;
    use crate::bench::choice::Choice;

    fn row(level: u8, bytes: u64, seconds: f64) -> Measured {
        let took = || Took {
            seconds,
            memory: None,
        };
        Measured {
            choice: Choice {
                format: Format::Zstd,
                level,
            },
            from: 1000,
            is_all: true,
            bytes,
            pack: took(),
            unpack: took(),
        }
    }

    #[test]
    fn what_is_slower_and_larger_than_another_is_not_named() {
        let rows = [
            row(3, 50, 2.0),
            row(1, 60, 1.0),
            row(2, 70, 3.0),
            row(9, 40, 9.0),
        ];
        let rows: Vec<&Measured> = rows.iter().collect();
        let named: Vec<u8> = frontier(&rows).iter().map(|row| row.choice.level).collect();
        assert_eq!(named, [1, 3, 9]);
    }
}
