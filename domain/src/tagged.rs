//! Choices that name themselves in a field of an object.

/// Reads and writes choices whose derives are `remote = "Self"` with a tag. By itself the derive would read a
/// list, too, whose first item is the tag.
macro_rules! from_objects {
    ($($type:ty),+ $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Object;

                impl<'de> serde::de::Visitor<'de> for Object {
                    type Value = $type;

                    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        to.write_str("an object")
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(
                        self,
                        members: A,
                    ) -> Result<$type, A::Error> {
                        let members = serde::de::value::MapAccessDeserializer::new(members);
                        <$type>::deserialize(members)
                    }
                }

                deserializer.deserialize_map(Object)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$type>::serialize(self, serializer)
            }
        }
    )+};
}

pub(crate) use from_objects;
