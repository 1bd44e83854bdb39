//! What a `dither` step may say, and what a device makes of it.

use filittle_steps::{Mistake, Step, devices, from_texts, parse, parse_step};
use serde_json::{Value, json};

#[expect(
    clippy::needless_pass_by_value,
    reason = "steps are written where they are read"
)]
fn parsed(step: Value) -> Vec<Value> {
    let steps = parse(&json!([step]), "/steps").expect("a right step");
    steps
        .iter()
        .map(|step| serde_json::to_value(step).expect("JSON"))
        .collect()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "steps are written where they are read"
)]
fn pointers(step: Value) -> Vec<String> {
    let mistakes = parse(&json!([step]), "/steps").expect_err("a wrong step");
    mistakes
        .into_iter()
        .map(|Mistake { pointer, .. }| pointer)
        .collect()
}

#[test]
fn only_one_thing_says_the_colours() {
    let step = json!({"op": "dither", "levels": 2, "palette": "pico-8", "extract": 8});
    assert_eq!(pointers(step), ["/steps/0/palette", "/steps/0/extract"]);
}

#[test]
fn a_device_becomes_a_resize_and_a_dithering() {
    let step = json!({
        "op": "dither", "device": "waveshare-7in3e", "algorithm": "atkinson",
        "id": "panel", "from": ["input:0"],
    });
    let steps = parsed(step);
    let [resize, dither] = steps.as_slice() else {
        panic!("{steps:?}")
    };
    assert_eq!(resize["from"], json!(["input:0"]));
    assert_eq!(
        (&resize["width"], &resize["height"]),
        (&json!(800), &json!(480))
    );
    assert_eq!(
        (&resize["fit"], &resize["upscale"]),
        (&json!("cover"), &json!(true))
    );
    assert_eq!(
        (&dither["id"], &dither["algorithm"]),
        (&json!("panel"), &json!("atkinson"))
    );
    assert_eq!(dither.get("from"), None);
    assert_eq!(dither["format"], "raw");
    assert_eq!(
        (&dither["bits"], &dither["layout"]),
        (&json!(4), &json!("rows"))
    );
    assert_eq!(dither["codes"], json!([0, 1, 2, 3, 5, 6]));
    assert_eq!(dither["fit_range"], true);
    assert_eq!(dither["written_colors"][1], "#ffffff");
    assert_ne!(dither["colors"][1], "#ffffff");
}

#[test]
fn every_device_becomes_steps_that_read_again_the_same() {
    for device in devices::all() {
        let steps = parse(&json!([{"op": "dither", "device": device.name}]), "").expect("steps");
        assert_eq!(steps.len(), 2, "{}", device.name);
        for step in steps {
            let text = serde_json::to_string(&step).expect("JSON");
            assert_eq!(serde_json::from_str::<Step>(&text).expect("a step"), step);
        }
    }
}

#[test]
fn another_format_shows_what_a_device_would() {
    let steps = parsed(json!({"op": "dither", "device": "waveshare-7in3e", "format": "png"}));
    assert_eq!(steps[1]["format"], "png");
    assert_eq!((steps[1].get("bits"), steps[1].get("codes")), (None, None));
}

#[test]
fn what_a_device_says_is_not_said_again() {
    let step = json!({"op": "dither", "device": "trmnl", "levels": 2, "bits": 1});
    assert_eq!(pointers(step), ["/steps/0/levels", "/steps/0/bits"]);
}

#[test]
fn an_unknown_device_is_told_with_those_there_are() {
    let mistakes = parse(&json!([{"op": "dither", "device": "toaster"}]), "").expect_err("wrong");
    assert_eq!(mistakes[0].pointer, "/0/device");
    assert!(
        mistakes[0].detail.contains("`trmnl`"),
        "{}",
        mistakes[0].detail
    );
}

#[test]
fn mistakes_of_both_steps_come_at_once() {
    let step = json!({"op": "dither", "device": "trmnl", "from": ["nobody"], "strength": 2});
    assert_eq!(pointers(step), ["/steps/0/strength"]);
    let step = json!({"op": "dither", "device": "trmnl", "from": [7], "strength": 2});
    assert_eq!(pointers(step), ["/steps/0/from/0", "/steps/0/strength"]);
}

#[test]
fn a_step_that_is_kept_has_no_device() {
    let kept = parse_step(&json!({"op": "dither", "device": "trmnl"}), "");
    assert_eq!(kept.expect_err("none")[0].pointer, "/device");
}

#[test]
fn only_diffusion_in_rows_turns() {
    for algorithm in ["bayer", "riemersma", "none"] {
        let step = json!({"op": "dither", "algorithm": algorithm, "serpentine": true});
        assert_eq!(pointers(step), ["/steps/0/serpentine"]);
    }
}

#[test]
fn a_map_has_a_size_that_exists() {
    for (algorithm, size) in [
        ("bayer", 12),
        ("cluster-dot", 5),
        ("blue-noise", 32),
        ("stucki", 8),
    ] {
        let step = json!({"op": "dither", "algorithm": algorithm, "matrix_size": size});
        assert_eq!(pointers(step), ["/steps/0/matrix_size"], "{algorithm}");
    }
    for (algorithm, size) in [("bayer", 256), ("cluster-dot", 6), ("blue-noise", 128)] {
        parsed(json!({"op": "dither", "algorithm": algorithm, "matrix_size": size}));
    }
}

#[test]
fn a_strength_is_a_part_of_one() {
    for strength in [json!(-0.1), json!(1.001), json!("1"), json!(null)] {
        let step = json!({"op": "dither", "strength": strength});
        assert_eq!(pointers(step), ["/steps/0/strength"]);
    }
    assert_eq!(
        parsed(json!({"op": "dither", "strength": 0.3}))[0]["strength"],
        0.3
    );
    assert_eq!(
        parsed(json!({"op": "dither", "strength": 1}))[0]["strength"],
        1.0
    );
}

#[test]
fn a_strength_in_words_is_refused_as_it_was_written() {
    for text in ["nan", "inf", "half"] {
        let texts = [("strength".to_owned(), text.to_owned())];
        let step = from_texts("dither", texts.into_iter()).expect("a step");
        let mistakes = parse_step(&step, "").expect_err("no number");
        let wanted = format!("expected a number from 0 to 1, not {text:?}");
        assert_eq!(mistakes[0].detail, wanted);
    }
}

#[test]
fn only_png_has_more_than_256_colours() {
    for format in ["gif", "bmp", "raw"] {
        let step = json!({"op": "dither", "levels": 7, "format": format});
        assert_eq!(pointers(step), ["/steps/0/format"]);
        parsed(json!({"op": "dither", "levels": 6, "format": format}));
        parsed(json!({"op": "dither", "levels": 256, "gray": true, "format": format}));
    }
}

#[test]
fn transparency_needs_a_place_in_the_palette_and_a_format_that_has_it() {
    let of = |more: Value| {
        let mut step = json!({"op": "dither", "alpha_threshold": 128});
        step.as_object_mut()
            .expect("a step")
            .extend(more.as_object().expect("more").clone());
        step
    };
    assert_eq!(
        pointers(of(json!({"levels": 7}))),
        ["/steps/0/alpha_threshold"]
    );
    assert_eq!(
        pointers(of(json!({"extract": 256}))),
        ["/steps/0/alpha_threshold"]
    );
    assert_eq!(
        pointers(of(json!({"format": "bmp"}))),
        ["/steps/0/alpha_threshold"]
    );
    parsed(of(json!({"levels": 6, "format": "gif"})));
    parsed(of(json!({"extract": 255})));
}

#[test]
fn raw_takes_as_few_bits_as_the_colours_need() {
    let bits = |step: Value| parsed(step)[0]["bits"].clone();
    let gray = |levels| json!({"op": "dither", "gray": true, "levels": levels, "format": "raw"});
    assert_eq!(
        [2, 3, 4, 5, 16, 17].map(|levels| bits(gray(levels))),
        [1, 2, 2, 4, 4, 8]
    );
    let mut planes = gray(8);
    planes["layout"] = json!("planes");
    assert_eq!(bits(planes), 3);
    let codes = json!({"op": "dither", "colors": ["000", "fff"], "format": "raw", "codes": [0, 5]});
    assert_eq!(bits(codes), 4);
}

#[test]
fn what_does_not_fit_into_the_bits_of_raw_is_refused() {
    let raw = |more: Value| {
        let mut step = json!({"op": "dither", "palette": "pico-8", "format": "raw"});
        step.as_object_mut()
            .expect("a step")
            .extend(more.as_object().expect("more").clone());
        pointers(step)
    };
    assert_eq!(raw(json!({"bits": 2})), ["/steps/0/bits"]);
    assert_eq!(raw(json!({"bits": 5})), ["/steps/0/bits"]);
    assert_eq!(raw(json!({"layout": "pages"})), ["/steps/0/layout"]);
    assert_eq!(raw(json!({"codes": [1, 2]})), ["/steps/0/codes"]);
    assert_eq!(raw(json!({"codes": [1, 1]})), ["/steps/0/codes/1"]);
}

#[test]
fn what_pages_cannot_hold_is_told_in_colours() {
    let step = json!({"op": "dither", "palette": "pico-8", "format": "raw", "layout": "pages"});
    let mistakes = parse(&json!([step]), "").expect_err("a wrong step");
    let told = &mistakes[0].detail;
    assert!(
        told.contains("two colours, and there are 16") && told.contains("another `layout`"),
        "{told}"
    );
}

#[test]
fn only_raw_is_packed_in_ways_of_its_own() {
    let step = json!({"op": "dither", "bits": 1, "layout": "rows"});
    assert_eq!(pointers(step), ["/steps/0/bits", "/steps/0/layout"]);
}

#[test]
fn every_colour_is_written_as_one() {
    let step = json!({"op": "dither", "colors": ["000", "fff"], "written_colors": ["0", "111"]});
    assert_eq!(pointers(step), ["/steps/0/written_colors/0"]);
    let step = json!({
        "op": "dither", "colors": ["000", "fff"], "written_colors": ["000", "111", "222"],
    });
    assert_eq!(pointers(step), ["/steps/0/written_colors"]);
    let step = json!({"op": "dither", "levels": 2, "written_colors": ["000", "111"]});
    assert_eq!(pointers(step), ["/steps/0/written_colors"]);
}
