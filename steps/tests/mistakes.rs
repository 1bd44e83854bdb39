//! What a step may be, and what is said of one that may not.

use filittle_steps::{Arity, MAX_STEPS, Mistake, OPS, Step, from_texts, parse, parse_step};
use serde_json::{Value, json};

fn mistakes(steps: &Value) -> Vec<Mistake> {
    parse(steps, "/steps").expect_err("a mistake")
}

/// Pointers of all mistakes of one step.
#[expect(clippy::needless_pass_by_value, reason = "json! makes values")]
fn pointers(step: Value) -> Vec<String> {
    mistakes(&json!([step]))
        .into_iter()
        .map(|mistake| mistake.pointer)
        .collect()
}

#[expect(clippy::needless_pass_by_value, reason = "json! makes values")]
fn detail(step: Value) -> String {
    let mut found = mistakes(&json!([step]));
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0).detail
}

fn normal(step: &Value) -> Value {
    serde_json::to_value(parse_step(step, "").expect("a right step")).expect("JSON")
}

#[test]
fn all_mistakes_come_at_once_each_with_its_pointer() {
    let found = mistakes(&json!([
        {"op": "dither", "levels": 1, "gray": "yes", "algorithm": "wrong"},
        {"op": "nothing"},
        {"op": "resize", "width": 0, "height": 70_000},
        7,
    ]));
    let mut pointers: Vec<&str> = found
        .iter()
        .map(|mistake| mistake.pointer.as_str())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/steps/0/algorithm",
            "/steps/0/gray",
            "/steps/0/levels",
            "/steps/1/op",
            "/steps/2/height",
            "/steps/2/width",
            "/steps/3",
        ]
    );
}

#[test]
fn defaults_are_filled_in() {
    assert_eq!(
        normal(&json!({"op": "compress"})),
        json!({"op": "compress", "format": "zstd", "level": "balanced"})
    );
    assert_eq!(
        normal(&json!({"op": "dither"})),
        json!({
            "op": "dither", "algorithm": "floyd-steinberg", "levels": 2, "gray": false,
            "color_space": "srgb", "serpentine": false, "strength": 1.0, "fit_range": false,
            "search": "exact",
            "background": "#ffffff", "format": "png",
        })
    );
    assert_eq!(
        normal(&json!({"op": "convert", "format": "jpeg"})),
        json!({"op": "convert", "format": "jpeg", "quality": 80, "background": "#ffffff"})
    );
    assert_eq!(
        normal(&json!({"op": "resize", "width": 8})),
        json!({"op": "resize", "width": 8, "fit": "inside", "filter": "lanczos3", "upscale": false})
    );
}

#[test]
fn a_normal_step_read_again_is_the_same() {
    for step in [
        json!({"op": "compress", "format": "zip", "level": 9, "name": "a.zip", "id": "pack"}),
        json!({"op": "compress", "format": "zstd", "level": "best", "long": true, "verify": false}),
        json!({"op": "compress", "format": "zip", "level": 22, "member": "zstd"}),
        json!({"op": "compress", "format": "tar.xz", "level": 0, "name": "all.tar.xz"}),
        json!({"op": "dither", "colors": ["000", "#FFF", "fa0"], "gray": true}),
        json!({"op": "dither", "levels": 256}),
        json!({"op": "dither", "palette": "pico-8", "strength": 0.3333, "serpentine": true}),
        json!({"op": "dither", "algorithm": "bayer", "matrix_size": 16, "extract": 16, "format": "gif"}),
        json!({"op": "dither", "colors": ["000", "fff"], "format": "raw", "codes": [1, 0], "layout": "planes"}),
        json!({"op": "convert", "format": "png", "background": "abc"}),
        json!({"op": "convert", "format": "jpeg", "quality": 1}),
        json!({"op": "resize", "height": 65_535, "fit": "cover", "filter": "nearest", "upscale": true}),
    ] {
        let once = parse_step(&step, "").expect("a right step");
        let text = serde_json::to_string(&once).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Step>(&text).expect("the same step"),
            once
        );
    }
}

#[test]
fn what_comes_later_is_told_apart_from_what_nobody_knows() {
    let later = "this build does not have";
    assert!(detail(json!({"op": "crop"})).starts_with(later));
    assert!(detail(json!({"op": "convert", "format": "webp"})).starts_with(later));
    assert!(detail(json!({"op": "convert", "format": "png", "lossless": true})).starts_with(later));
    let unknown = detail(json!({"op": "dither", "tones": 2}));
    assert!(
        unknown.contains("no parameter") && unknown.contains("`levels`"),
        "{unknown}"
    );
    let unknown = detail(json!({"op": "dihter"}));
    assert!(
        unknown.contains("no op") && unknown.contains("`dither`"),
        "{unknown}"
    );
}

#[test]
fn a_name_that_is_nearly_right_is_guessed() {
    for (step, guess) in [
        (json!({"op": "dither", "algorithm": "bayr"}), "`bayer`"),
        (json!({"op": "dither", "palette": "PICO8"}), "`pico-8`"),
        (json!({"op": "dither", "device": "trmln"}), "`trmnl`"),
        (json!({"op": "dither", "background": "grean"}), "`green`"),
        (
            json!({"op": "dither", "colour_space": "srgb"}),
            "`color_space`",
        ),
        (json!({"op": "dihter"}), "`dither`"),
    ] {
        let told = detail(step);
        assert!(
            told.ends_with(&format!("; did you mean {guess}?")),
            "{told}"
        );
    }
    let told = detail(json!({"op": "dither", "palette": "nothing"}));
    assert!(!told.contains("did you mean"), "{told}");
}

#[test]
fn colours_may_be_named() {
    let step = json!({"op": "dither", "colors": ["black", "fff", "red"]});
    assert_eq!(
        normal(&step)["colors"],
        json!(["#000000", "#ffffff", "#ff0000"])
    );
    let step = json!({"op": "dither", "colors": ["black", "000"]});
    assert_eq!(pointers(step), ["/steps/0/colors/1"]);
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    for levels in [
        json!(-1),
        json!(257),
        json!(1e3),
        json!(2.5),
        json!(u64::MAX),
        json!("2"),
        json!(null),
        json!([2]),
    ] {
        assert_eq!(
            pointers(json!({"op": "dither", "levels": levels})),
            ["/steps/0/levels"]
        );
    }
}

#[test]
fn a_level_is_in_the_range_of_its_format() {
    let level = |format, level| {
        parse_step(
            &json!({"op": "compress", "format": format, "level": level}),
            "",
        )
    };
    for (format, lowest, highest) in [
        ("zstd", 1, 22),
        ("tar.zst", 1, 22),
        ("gzip", 1, 9),
        ("tar.gz", 1, 9),
        ("bzip2", 1, 9),
        ("zip", 1, 9),
        ("brotli", 0, 11),
        ("xz", 0, 9),
        ("tar.xz", 0, 9),
        ("lz4", 1, 12),
    ] {
        assert!(
            level(format, lowest).is_ok() && level(format, highest).is_ok(),
            "{format}"
        );
        assert!(level(format, highest + 1).is_err(), "{format}");
        assert!(
            lowest == 0 || level(format, lowest - 1).is_err(),
            "{format}"
        );
    }
    for (format, number) in [("zstd", 300), ("brotli", 12), ("tar", 1)] {
        let found = level(format, number).expect_err("out of range");
        assert_eq!(found[0].pointer, "/level", "{format} {number}");
    }
}

#[test]
fn parameters_that_exclude_each_other_are_refused() {
    assert_eq!(
        pointers(json!({"op": "dither", "levels": 2, "colors": ["000", "fff"]})),
        ["/steps/0/colors"]
    );
    assert_eq!(
        pointers(json!({"op": "convert", "format": "png", "quality": 5})),
        ["/steps/0/quality"]
    );
    assert_eq!(
        pointers(json!({"op": "compress", "name": "a.zip", "member": "store"})),
        ["/steps/0/member", "/steps/0/name"]
    );
    assert_eq!(
        pointers(json!({"op": "compress", "format": "gzip", "long": true})),
        ["/steps/0/long"]
    );
    assert_eq!(
        pointers(json!({"op": "compress", "format": "zip", "member": "store", "level": 9})),
        ["/steps/0/level"]
    );
}

#[test]
fn what_is_required_is_asked_for() {
    assert_eq!(pointers(json!({"op": "resize"})), ["/steps/0/width"]);
    assert_eq!(pointers(json!({"op": "convert"})), ["/steps/0/format"]);
    assert_eq!(pointers(json!({})), ["/steps/0/op"]);
    assert_eq!(mistakes(&json!([]))[0].pointer, "/steps");
    assert_eq!(mistakes(&json!({}))[0].pointer, "/steps");
}

#[test]
fn each_bad_colour_of_a_list_is_pointed_at() {
    let step = json!({"op": "dither", "colors": ["000", "zzz", "#000000", 5, "fff"]});
    assert_eq!(
        pointers(step),
        [
            "/steps/0/colors/1",
            "/steps/0/colors/2",
            "/steps/0/colors/3"
        ]
    );
    assert_eq!(
        pointers(json!({"op": "dither", "colors": ["000"]})),
        ["/steps/0/colors"]
    );
    assert_eq!(
        pointers(json!({"op": "dither", "colors": vec!["000"; 257]})),
        ["/steps/0/colors"]
    );
}

#[test]
fn a_colour_of_five_digits_is_refused_by_name() {
    // Each of these is no colour; `#12345` could be meant as one of three digits or of six.
    for wrong in [
        "#12345",
        "12345",
        "#1234",
        "#12345678",
        "#1",
        "#",
        "",
        "mauve",
        "RED",
        "#ggg",
        " #fff",
    ] {
        let step = json!({"op": "dither", "colors": ["#000", wrong]});
        assert_eq!(pointers(step.clone()), ["/steps/0/colors/1"], "{wrong}");
        assert!(detail(step).contains("three or six"), "{wrong}");
        let step = json!({"op": "convert", "format": "jpeg", "background": wrong});
        assert_eq!(pointers(step), ["/steps/0/background"], "{wrong}");
    }
}

#[test]
fn there_are_2_to_256_colours_and_levels() {
    for (count, right) in [(1, false), (2, true), (256, true), (257, false)] {
        let different: Vec<_> = (0..count).map(|n| format!("#{n:06x}")).collect();
        let colors = json!({"op": "dither", "colors": different});
        assert_eq!(parse_step(&colors, "").is_ok(), right, "{count} colours");
        let levels = json!({"op": "dither", "levels": count});
        assert_eq!(parse_step(&levels, "").is_ok(), right, "{count} levels");
        if !right {
            assert_eq!(pointers(colors), ["/steps/0/colors"]);
            assert_eq!(pointers(levels), ["/steps/0/levels"]);
        }
    }
}

#[test]
fn ids_are_short_plain_and_unique() {
    let found = mistakes(&json!([{"op": "dither", "id": "a"}, {"op": "compress", "id": "a"}]));
    assert_eq!(found[0].pointer, "/steps/1/id");
    for id in [
        json!(""),
        json!("a b"),
        json!("x".repeat(65)),
        json!(5),
        json!(null),
    ] {
        assert_eq!(pointers(json!({"op": "dither", "id": id})), ["/steps/0/id"]);
    }
}

#[test]
fn what_a_step_goes_on_from_is_a_list_of_steps_before_it_and_of_inputs() {
    let many: Vec<_> = (0..101).map(|input| format!("input:{input}")).collect();
    for from in [
        json!([]),
        json!("input:0"),
        json!(null),
        json!({}),
        json!(many),
    ] {
        assert_eq!(
            pointers(json!({"op": "dither", "from": from})),
            ["/steps/0/from"]
        );
    }
    for from in [
        json!(5),
        json!("input:"),
        json!("input:-1"),
        json!("input:x"),
        json!("later"),
    ] {
        assert_eq!(
            pointers(json!({"op": "dither", "id": "own", "from": ["input:0", from]})),
            ["/steps/0/from/1"]
        );
    }
    let itself = json!({"op": "dither", "id": "own", "from": ["own", "input:1", "own"]});
    assert_eq!(pointers(itself), ["/steps/0/from/2"]);
    let itself = json!({"op": "dither", "id": "own", "from": ["own"]});
    assert_eq!(pointers(itself), ["/steps/0/from/0"]);
}

#[test]
fn what_a_step_goes_on_from_is_kept_as_it_was_said() {
    let list = json!([
        {"op": "resize", "width": 9, "id": "small"},
        {"op": "dither", "from": ["small", "input:17"]},
    ]);
    let steps = parse(&list, "/steps").expect("right steps");
    let kept = serde_json::to_value(&steps).expect("JSON");
    assert_eq!(kept[1]["from"], list[1]["from"]);
    assert_eq!(kept[0].get("from"), None);
    assert_eq!(parse(&kept, "/steps").expect("the same"), steps);
}

#[test]
fn no_more_than_twenty_steps_are_taken() {
    let list = vec![json!({"op": "dither"}); MAX_STEPS + 1];
    assert_eq!(mistakes(&json!(list))[0].pointer, "/steps");
    assert!(parse(&json!(list[1..]), "/steps").is_ok());
}

#[test]
fn the_answer_to_a_huge_request_is_small() {
    let huge = "x".repeat(1 << 20);
    let step = json!({"op": "dither", "algorithm": huge, huge.as_str(): huge, "format": [huge]});
    let size: usize = mistakes(&json!([step]))
        .iter()
        .map(|m| m.pointer.len() + m.detail.len())
        .sum();
    assert!(size < 1000, "{size}");
    let many: Value = (0..1000).map(|n| (format!("p{n}"), json!(1))).collect();
    assert!(mistakes(&json!([many])).len() <= 100);
}

#[test]
fn texts_of_a_query_make_the_same_step() {
    let texts = [("levels", "4"), ("gray", ""), ("format", "png")];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let step = from_texts("dither", texts.into_iter()).expect("a step");
    assert_eq!(
        parse_step(&step, ""),
        parse_step(&json!({"op": "dither", "levels": 4, "gray": true}), "")
    );
    let texts = [("colors".to_owned(), "000, fff,#FA0".to_owned())];
    let step = from_texts("dither", texts.into_iter()).expect("a step");
    assert_eq!(step["colors"], json!(["000", "fff", "#FA0"]));
}

#[test]
fn a_wrong_text_is_found_like_a_wrong_value() {
    let text = |name: &str, text: &str| {
        let step = from_texts("dither", [(name.to_owned(), text.to_owned())].into_iter());
        step.and_then(|step| parse_step(&step, ""))
            .expect_err("wrong")[0]
            .pointer
            .clone()
    };
    assert_eq!(text("levels", "many"), "/levels");
    assert_eq!(text("gray", "maybe"), "/gray");
    assert_eq!(text("colours", "000,fff"), "/colours");
    let twice = vec![("levels".to_owned(), "2".to_owned()); 2];
    assert_eq!(
        from_texts("dither", twice.into_iter()).expect_err("twice")[0].pointer,
        "/levels"
    );
    assert_eq!(
        from_texts("paint", std::iter::empty()).expect_err("unknown")[0].pointer,
        "/op"
    );
}

#[test]
fn archives_gather() {
    let arity =
        |format| parse_step(&json!({"op": "compress", "format": format}), "").map(|s| s.arity());
    for format in ["zip", "tar", "tar.zst", "tar.gz", "tar.xz"] {
        assert_eq!(arity(format), Ok(Arity::Gather), "{format}");
    }
    for format in ["zstd", "gzip", "brotli", "xz", "lz4", "bzip2"] {
        assert_eq!(arity(format), Ok(Arity::Each), "{format}");
    }
}

#[test]
fn every_built_choice_of_the_table_is_accepted() {
    for op in OPS {
        for param in op.params {
            let filittle_steps::Kind::Choice { built, .. } = param.kind else {
                continue;
            };
            for name in built {
                let mut step = json!({"op": op.name, param.name: name});
                match op.name {
                    "resize" => step["width"] = json!(5),
                    "convert" if param.name != "format" => step["format"] = json!("png"),
                    "compress" if param.name == "member" => step["format"] = json!("zip"),
                    "dither" if param.name == "layout" || param.name == "bit_order" => {
                        step["format"] = json!("raw");
                        step["gray"] = json!(true);
                    }
                    _ => {}
                }
                let step = parse_step(&step, "").expect("a built choice");
                assert_eq!(
                    serde_json::to_value(&step).expect("JSON")[param.name],
                    *name
                );
            }
        }
    }
}

#[test]
fn what_can_never_work_on_what_it_is_given_is_refused_at_once() {
    let dither = || json!({"op": "dither"});
    for (steps, pointer, told) in [
        (
            json!([{"op": "compress", "format": "gzip"}, dither()]),
            "/steps/1/op",
            "`dither` reads JPEG and PNG, and `compress` before it makes gzip",
        ),
        (
            json!([{"op": "dither", "format": "raw"}, {"op": "resize", "width": 9}]),
            "/steps/1/op",
            "`resize` reads JPEG and PNG, and `dither` before it makes raw",
        ),
        (
            json!([
                {"op": "compress", "format": "zip", "id": "all"},
                {"op": "dither", "from": ["input:0"]},
                {"op": "convert", "format": "png", "from": ["input:0", "all"]},
            ]),
            "/steps/2/from/1",
            "`convert` reads JPEG and PNG, and `compress` before it makes zip",
        ),
        (
            json!([{"op": "resize", "width": 9}, {"op": "decompress"}]),
            "/steps/1/op",
            "`decompress` unpacks files, and `resize` packs none",
        ),
        (
            json!([{"op": "compress"}, {"op": "decompress", "format": "zip"}]),
            "/steps/1/op",
            "`decompress` is to unpack zip, and `compress` before it makes zstd",
        ),
        // Made of a step that resizes and one that dithers.
        (
            json!([{"op": "compress"}, {"op": "dither", "device": "trmnl"}]),
            "/steps/1/op",
            "`dither` reads JPEG and PNG, and `compress` before it makes zstd",
        ),
    ] {
        let found = mistakes(&steps);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&*found[0].pointer, &*found[0].detail), (pointer, told));
    }
    let found = mistakes(&json!([{"op": "decompress", "level": 3}]));
    assert_eq!(
        &*found[0].detail,
        "`decompress` has no parameter \"level\"; it has `format`"
    );
    // Nothing is said of what comes after a step that nobody understands.
    let found = mistakes(&json!([{"op": "compress"}, {"op": "unpack"}, dither()]));
    let pointers: Vec<&str> = found.iter().map(|it| &*it.pointer).collect();
    assert_eq!(pointers, ["/steps/1/op"], "{found:?}");
    for steps in [
        json!([{"op": "compress"}, {"op": "decompress"}, dither()]),
        json!([{"op": "dither", "format": "gif"}, {"op": "compress", "format": "zip"}]),
        json!([{"op": "compress"}, {"op": "dither", "from": ["input:0"]}]),
        json!([{"op": "resize", "width": 9}, dither(), {"op": "convert", "format": "jpeg"}]),
        json!([{"op": "decompress"}, {"op": "decompress"}, {"op": "compress"}, {"op": "compress"}]),
    ] {
        assert!(parse(&steps, "/steps").is_ok(), "{steps}");
    }
}
