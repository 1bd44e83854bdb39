//! Enumerations in columns of text, on both databases.

/// Keeps each variant as its text. A text that is none of them is an error of the row.
macro_rules! as_text {
    ($name:ty { $($variant:ident = $text:literal),+ $(,)? }) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            str: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <str as sqlx::Type<DB>>::type_info()
            }

            fn compatible(of: &DB::TypeInfo) -> bool {
                <str as sqlx::Type<DB>>::compatible(of)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            &'q str: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buffer: &mut DB::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                let text = match self {
                    $(Self::$variant => $text,)+
                };
                <&str as sqlx::Encode<'q, DB>>::encode(text, buffer)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            &'r str: sqlx::Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                match <&str as sqlx::Decode<'r, DB>>::decode(value)? {
                    $($text => Ok(Self::$variant),)+
                    other => {
                        let name = stringify!($name);
                        Err(format!("{other:?} is no {name}").into())
                    }
                }
            }
        }
    };
}

pub(crate) use as_text;
