//! Reads what Prometheus is told, as strictly as its text format 0.0.4 says.

use std::collections::{BTreeMap, BTreeSet};

/// All series, each with its value: `name{label="value"}`, the labels in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Exposition {
    /// Of each family, what it is.
    pub types: BTreeMap<String, String>,
    /// The values, a histogram's parts among them.
    pub series: BTreeMap<String, f64>,
}

impl Exposition {
    /// Reads it.
    ///
    /// # Panics
    /// When it breaks the format, or a convention about names.
    pub fn read(text: &str) -> Self {
        assert!(text.ends_with('\n'), "the last line does not end");
        let mut exposition = Self::default();
        let (mut family, mut helped) = (String::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a help");
                assert!(!help.is_empty() && helped.insert(name.to_owned()), "{line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a type");
                assert!(helped.contains(name), "no help: {line}");
                must_be_name(name);
                must_fit(name, kind);
                let before = exposition.types.insert(name.to_owned(), kind.to_owned());
                assert!(before.is_none(), "a family is there twice: {line}");
                name.clone_into(&mut family);
            } else {
                let (series, value) = sample(line);
                let name = series.split('{').next().unwrap_or_default();
                let is_histogram = exposition
                    .types
                    .get(&family)
                    .is_some_and(|it| it == "histogram");
                let of_family = if is_histogram {
                    ["_bucket", "_sum", "_count"]
                        .iter()
                        .any(|end| name == format!("{family}{end}"))
                } else {
                    name == family
                };
                assert!(of_family, "{line} stands among {family}");
                let before = exposition.series.insert(series, value);
                assert!(before.is_none(), "a series is there twice: {line}");
            }
        }
        exposition.histograms_add_up();
        exposition
    }

    /// The value of a series; 0 when there is none.
    pub fn value(&self, series: &str) -> f64 {
        self.series.get(series).copied().unwrap_or_default()
    }

    /// Whether there is such a series.
    pub fn has(&self, series: &str) -> bool {
        self.series.contains_key(series)
    }

    /// Buckets grow, and the last one counts all.
    fn histograms_add_up(&self) {
        let mut buckets = BTreeMap::<String, Vec<(f64, f64)>>::new();
        for (series, value) in &self.series {
            if let Some((before, rest)) = series.split_once("le=\"") {
                let (bound, after) = rest.split_once('"').expect("a bound");
                let bound = if bound == "+Inf" {
                    f64::INFINITY
                } else {
                    number(bound)
                };
                let whole = format!("{before}{after}");
                buckets.entry(whole).or_default().push((bound, *value));
            }
        }
        for (series, mut buckets) in buckets {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            let grows = buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1);
            assert!(grows, "{series} does not grow: {buckets:?}");
            let count = series
                .replace("_bucket", "_count")
                .replace("{,", "{")
                .replace(",}", "}")
                .replace("{}", "");
            let (last, all) = buckets.last().expect("a bucket");
            assert!(last.is_infinite(), "{series} has no last bucket");
            assert!(
                (self.value(&count) - all).abs() < f64::EPSILON,
                "{count} is not {all}"
            );
        }
    }
}

/// A counter ends with `_total`, and nothing else does; units are base units.
fn must_fit(name: &str, kind: &str) {
    assert!(
        ["counter", "gauge", "histogram"].contains(&kind),
        "{name} is a {kind}"
    );
    assert_eq!(
        kind == "counter",
        name.ends_with("_total"),
        "{name} is a {kind}"
    );
    for unit in ["_ms", "_millis", "_milliseconds", "_kb", "_mib", "_minutes"] {
        assert!(!name.contains(unit), "{name} has {unit}");
    }
}

fn must_be_name(name: &str) {
    let good = name
        .bytes()
        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
    assert!(
        good && name.starts_with(|c: char| c.is_ascii_lowercase()),
        "{name:?} is no name"
    );
}

/// One line: the series, and its value.
fn sample(line: &str) -> (String, f64) {
    let Some((name, rest)) = line.split_once('{') else {
        let (name, value) = line.split_once(' ').expect("a value");
        must_be_name(name);
        return (name.to_owned(), number(value));
    };
    must_be_name(name);
    let mut labels = BTreeMap::new();
    let mut rest = rest;
    loop {
        let (label, after) = rest.split_once("=\"").expect("a label");
        must_be_name(label);
        let end = value_end(after);
        let before = labels.insert(label, &after[..end]);
        assert!(before.is_none(), "a label is there twice: {line}");
        rest = &after[end + 1..];
        match rest.strip_prefix(',') {
            Some(more) => rest = more,
            None => break,
        }
    }
    let value = rest
        .strip_prefix("} ")
        .unwrap_or_else(|| panic!("no end of labels: {line}"));
    let labels: Vec<_> = (labels.iter())
        .map(|(label, value)| format!("{label}=\"{value}\""))
        .collect();
    (format!("{name}{{{}}}", labels.join(",")), number(value))
}

/// Where the value of a label ends: at the first quote that is not escaped.
fn value_end(text: &str) -> usize {
    let mut is_escaped = false;
    for (place, c) in text.char_indices() {
        match c {
            '"' if !is_escaped => return place,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    panic!("a value does not end: {text}")
}

fn number(text: &str) -> f64 {
    text.parse()
        .unwrap_or_else(|_| panic!("{text:?} is no number"))
}
