mod geometry;

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use filittle_pack::Attributes;
use filittle_steps::{Filter, Resize};

use self::geometry::{Plan, plan, whole};
use crate::{
    Error,
    monitor::Phase,
    names,
    picture::{Channels, Picture, buffer},
    value::{Body, Value, Work},
};

/// Scales the pixels; they will be written in the format they came in, or the one chosen since.
pub(super) fn apply(step: &Resize, value: Value, work: &Work<'_>) -> Result<Value, Error> {
    let (picture, encoding) = value.body.into_picture(work)?;
    work.watch.enter(Phase::Resizing);
    let name = names::for_picture(&value.name, encoding.format());
    let plan = plan(step, picture.width, picture.height);
    work.limits.admit_size(plan.canvas.0, plan.canvas.1)?;
    work.limits.admit_size(plan.scaled.0, plan.scaled.1)?;
    let scaled = if plan.stretches_down(picture.width, picture.height) {
        // The codec scales the height first. If that grows while the width shrinks, what is
        // between could be far larger than source and result; so the width goes on its own before.
        let (width, height) = (plan.scaled.0, picture.height);
        let narrow = whole(picture.width, height, (width, height));
        let narrowed = scale(picture, &narrow, step.filter)?;
        work.watch.check()?;
        scale(narrowed, &whole(width, height, plan.scaled), step.filter)?
    } else {
        scale(picture, &plan, step.filter)?
    };
    work.watch.check()?;
    let padded = pad(scaled, plan.canvas)?;
    work.watch.advance(1, 1);
    Ok(Value {
        name,
        attributes: Attributes::default(),
        body: Body::Picture(padded, encoding),
    })
}

/// Width and height of what a picture of that size is scaled to, and of the canvas it is laid on.
pub(crate) fn sizes(step: &Resize, width: u32, height: u32) -> [(u32, u32); 2] {
    let plan = plan(step, width, height);
    [plan.scaled, plan.canvas]
}

fn scale(mut picture: Picture, plan: &Plan, filter: Filter) -> Result<Picture, Error> {
    let (width, height) = plan.scaled;
    if !plan.crops && (picture.width, picture.height) == (width, height) {
        return Ok(picture);
    }
    let [left, top, crop_width, crop_height] = plan.crop;
    let options =
        ResizeOptions::new()
            .resize_alg(algorithm(filter))
            .crop(left, top, crop_width, crop_height);
    let mut data = buffer(width, height, picture.channels)?;
    // By type: the untyped way would compile every kind of pixel that the library knows.
    match picture.channels {
        Channels::Gray => scale_as::<U8>(&mut picture, &mut data, plan.scaled, &options),
        Channels::GrayAlpha => scale_as::<U8x2>(&mut picture, &mut data, plan.scaled, &options),
        Channels::Rgb => scale_as::<U8x3>(&mut picture, &mut data, plan.scaled, &options),
        Channels::Rgba => scale_as::<U8x4>(&mut picture, &mut data, plan.scaled, &options),
    }?;
    Ok(Picture {
        width,
        height,
        channels: picture.channels,
        data,
    })
}

fn scale_as<P: PixelTrait>(
    picture: &mut Picture,
    data: &mut [u8],
    (width, height): (u32, u32),
    options: &ResizeOptions,
) -> Result<(), Error> {
    // Of the type that the codec has for what is between, or it would be compiled two times.
    let (of_width, of_height) = (picture.width, picture.height);
    let source =
        TypedImage::<P>::from_buffer(of_width, of_height, &mut picture.data).map_err(broken)?;
    let mut target = TypedImage::<P>::from_buffer(width, height, data).map_err(broken)?;
    Resizer::new()
        .resize_typed(&source, &mut target, options)
        .map_err(broken)
}

fn algorithm(filter: Filter) -> ResizeAlg {
    match filter {
        Filter::Nearest => ResizeAlg::Nearest,
        Filter::Bilinear => ResizeAlg::Convolution(FilterType::Bilinear),
        Filter::CatmullRom => ResizeAlg::Convolution(FilterType::CatmullRom),
        Filter::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
    }
}

/// The picture in the middle of a black, opaque canvas, which is at least as large.
fn pad(picture: Picture, (width, height): (u32, u32)) -> Result<Picture, Error> {
    if (picture.width, picture.height) == (width, height) {
        return Ok(picture);
    }
    let channels = picture.channels.count();
    let mut data = buffer(width, height, picture.channels)?;
    if picture.channels.has_alpha() {
        data.iter_mut()
            .skip(channels - 1)
            .step_by(channels)
            .for_each(|alpha| *alpha = u8::MAX);
    }
    let top = ((height - picture.height) / 2) as usize;
    let left = ((width - picture.width) / 2) as usize * channels;
    let stride = width as usize * channels;
    for (row, from) in data.chunks_exact_mut(stride).skip(top).zip(picture.rows()) {
        row[left..left + from.len()].copy_from_slice(from);
    }
    Ok(Picture {
        width,
        height,
        channels: picture.channels,
        data,
    })
}

fn broken(error: impl std::error::Error) -> Error {
    Error::Broken(error.to_string())
}
