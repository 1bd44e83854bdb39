use serde_json::json;

use super::*;

fn pointers(body: &Value) -> Vec<String> {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let mistakes = Order::parse(body, Sources::Named, &config(), now).unwrap_err();
    mistakes
        .into_iter()
        .map(|mistake| mistake.pointer)
        .collect()
}

fn config() -> Config {
    Config {
        keep_seconds: 60,
        ..Config::default()
    }
}

fn good() -> Value {
    let file = "019b7ca9-8f2e-71f1-b639-152a2ebadd65";
    json!({"inputs": [{"file": file}], "steps": [{"op": "compress"}]})
}

#[test]
fn the_shortest_body_gets_the_defaults_of_the_contract() {
    let order = Order::parse(
        &good(),
        Sources::Named,
        &config(),
        "2026-01-02T03:04:05Z".parse().unwrap(),
    )
    .unwrap();
    assert_eq!(
        (order.max_attempts, order.keep_seconds, order.keep),
        (3, 60, false)
    );
    assert_eq!(
        (order.priority, order.notify.email),
        (Priority::Normal, false)
    );
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let body = json!({
        "inputs": [{"file": "x"}, {"url": "http://x"}, 7, {"file": null, "a/b": 1}],
        "steps": [{"op": "zap"}], "name": "a\u{7}", "metadata": {"k": 1}, "priority": "urgent",
        "not_before": "soon", "max_attempts": 0, "keep_seconds": 1.5, "keep": "yes",
        "notify": {"sms": true}, "bogus~": 1,
    });
    let expected = [
        "/bogus~0",
        "/inputs/0/file",
        "/inputs/1/url",
        "/inputs/2",
        "/inputs/3/a~1b",
        "/inputs/3/file",
        "/steps/0/op",
        "/name",
        "/metadata/k",
        "/priority",
        "/not_before",
        "/max_attempts",
        "/keep_seconds",
        "/keep",
        "/notify",
    ];
    assert_eq!(pointers(&body), expected);
}

#[test]
fn a_body_without_inputs_and_steps_lacks_both() {
    assert_eq!(pointers(&json!({})), ["/inputs", "/steps"]);
    assert_eq!(pointers(&json!([])), [""]);
}

#[test]
fn what_is_reserved_for_later_is_refused_by_name() {
    let mut body = good();
    body["notify"] = json!({"webhooks": ["http://x"]});
    assert!(pointers(&body).contains(&"/notify/webhooks".to_owned()));
}

#[test]
fn there_are_limits_to_everything() {
    let mut body = good();
    body["inputs"] = vec![body["inputs"][0].clone(); 1001].into();
    body["name"] = "n".repeat(256).into();
    body["metadata"] = (0..51)
        .map(|n| (n.to_string(), "v".into()))
        .collect::<Map<_, _>>()
        .into();
    body["keep_seconds"] = i64::MAX.into();
    body["not_before"] = "2028-01-01T00:00:00Z".into();
    let expected = [
        "/inputs",
        "/name",
        "/metadata",
        "/not_before",
        "/keep_seconds",
    ];
    assert_eq!(pointers(&body), expected);
}

#[test]
fn files_that_come_with_the_body_are_its_inputs() {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let parse = |body| Order::parse(&body, Sources::Uploaded(2), &config(), now);
    let body = json!({"steps": [{"op": "compress"}]});
    assert!(parse(body).unwrap().inputs.is_empty());
    let mistakes = parse(good()).unwrap_err();
    assert_eq!(mistakes[0].pointer, "/inputs");
}

#[test]
fn the_schema_has_the_fields_that_are_read() {
    let schema = schemars::schema_for!(Order);
    let properties = schema.get("properties").unwrap().as_object().unwrap();
    let mut read = FIELDS;
    read.sort_unstable();
    assert_eq!(properties.keys().collect::<Vec<_>>(), read);
    assert_eq!(schema.get("required"), Some(&json!(["inputs", "steps"])));
}

#[test]
fn an_input_that_a_step_names_is_there() {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let steps = |from| json!([{"op": "compress", "from": [from]}]);
    let mut body = good();
    body["steps"] = steps("input:0");
    assert!(Order::parse(&body, Sources::Named, &config(), now).is_ok());
    body["steps"] = steps("input:1");
    assert_eq!(pointers(&body), ["/steps/0/from/0"]);
    let parse = |from| {
        let body = json!({ "steps": steps(from) });
        Order::parse(&body, Sources::Uploaded(2), &config(), now)
    };
    assert!(parse("input:1").is_ok());
    assert_eq!(parse("input:2").unwrap_err()[0].pointer, "/steps/0/from/0");
}

#[test]
fn a_job_has_so_many_results() {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let first = json!({"op": "compress", "id": "s0"});
    let others = (1..11).map(|_| json!({"op": "compress", "from": ["s0"]}));
    let steps: Vec<_> = [first].into_iter().chain(others).collect();
    let body = json!({ "steps": steps });
    let parse = |inputs| Order::parse(&body, Sources::Uploaded(inputs), &config(), now);
    assert!(parse(100).is_ok());
    assert_eq!(parse(101).unwrap_err()[0].pointer, "/steps");
}
