//! The schemas of what is read and of what is shown.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use super::super::problem;

/// Collects schemas under their names. What is read and what is shown differ in what must be there:
/// a field with a default may be left out by who asks, and is always there in an answer.
pub(super) struct Schemas {
    read: SchemaGenerator,
    shown: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        let mut schemas = Self {
            read: settings.clone().for_deserialize().into_generator(),
            shown: settings.for_serialize().into_generator(),
        };
        // Every operation has them.
        schemas.shown::<problem::Body<'static>>();
        schemas
    }

    /// What a request must be to be read as a `T`.
    pub(super) fn read<T: JsonSchema>(&mut self) -> Value {
        self.read.subschema_for::<T>().into()
    }

    /// The same without one of its fields.
    pub(super) fn read_without<T: JsonSchema>(&mut self, field: &str) -> Value {
        let mut schema: Value = T::json_schema(&mut self.read).into();
        if let Some(properties) = schema["properties"].as_object_mut() {
            properties.remove(field);
        }
        if let Some(required) = schema["required"].as_array_mut() {
            required.retain(|name| name != field);
        }
        schema
    }

    /// What a shown `T` is.
    pub(super) fn shown<T: JsonSchema>(&mut self) -> Value {
        self.shown.subschema_for::<T>().into()
    }

    /// All by their names. A test holds that no name has two meanings.
    pub(super) fn finished(mut self) -> Map<String, Value> {
        let mut all = self.read.take_definitions(true);
        for (name, schema) in self.shown.take_definitions(true) {
            let before = all.insert(name.clone(), schema.clone());
            debug_assert!(
                before.is_none_or(|before| before == schema),
                "{name} is read in another form than it is shown"
            );
        }
        all
    }
}
