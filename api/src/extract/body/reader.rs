//! JSON to values. Unlike the reader of `serde_json`, this one takes a structure from an object
//! alone, never from a list, and names the field and a rule in words that a caller knows.

use super::{
    fault::{Fault, LIST, OBJECT, TEXT},
    tree::{Members, Tree},
};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::Number;
use std::{collections::BTreeSet, vec};

/// The value that `tree` holds.
pub(super) fn read<T: DeserializeOwned>(tree: Tree) -> Result<T, Fault> {
    T::deserialize(Reader(tree))
}

struct Reader(Tree);

/// 2^53: below it, a double says a whole number exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn integer(tree: &Tree) -> Option<i128> {
    let Tree::Number(number) = tree else {
        return None;
    };
    let signed = number.as_i64().map(i128::from);
    signed
        .or_else(|| number.as_u64().map(i128::from))
        .or_else(|| whole(number.as_f64()?))
}

/// A whole number that is written with a point, as in `9.0`: for JSON Schema it is an integer.
fn whole(number: f64) -> Option<i128> {
    let exact = number.fract() == 0.0 && number.abs() < EXACT;
    exact.then(|| format!("{number:.0}").parse().ok()).flatten()
}

/// Reads whole numbers within the bounds of their type.
macro_rules! whole {
    ($($method:ident: $type:ty, $visit:ident;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            let number = integer(&self.0).and_then(|it| <$type>::try_from(it).ok());
            match number {
                Some(number) => visitor.$visit(number),
                None => Err(Fault::of(format!(
                    "must be a whole number from {} to {}",
                    <$type>::MIN,
                    <$type>::MAX
                ))),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for Reader {
    type Error = Fault;

    whole! {
        deserialize_i8: i8, visit_i8;
        deserialize_i16: i16, visit_i16;
        deserialize_i32: i32, visit_i32;
        deserialize_i64: i64, visit_i64;
        deserialize_u8: u8, visit_u8;
        deserialize_u16: u16, visit_u16;
        deserialize_u32: u32, visit_u32;
        deserialize_u64: u64, visit_u64;
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::Null => visitor.visit_unit(),
            Tree::Truth(value) => visitor.visit_bool(value),
            Tree::Number(number) => visit_number(&number, visitor),
            Tree::Text(text) => visitor.visit_string(text),
            Tree::List(items) => visitor.visit_seq(Items::of(items)),
            Tree::Object(members) => visitor.visit_map(Fields::of(members)?),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::Truth(value) => visitor.visit_bool(value),
            _ => Err(Fault::of("must be true or false")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::Number(number) => visit_number(&number, visitor),
            _ => Err(Fault::of("must be a number")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::Text(text) => visitor.visit_string(text),
            _ => Err(Fault::of(TEXT)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::Null => visitor.visit_unit(),
            _ => Err(Fault::of("must be null")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::List(items) => visitor.visit_seq(Items::of(items)),
            _ => Err(Fault::of(LIST)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::List(items) if items.len() == length => visitor.visit_seq(Items::of(items)),
            _ => Err(Fault::of(format!("must be a list of {length}"))),
        }
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Tree::Object(members) => visitor.visit_map(Fields::of(members)?),
            _ => Err(Fault::of(OBJECT)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(Choice::of(self.0, known)?)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Fault> {
    match (number.as_u64(), number.as_i64(), number.as_f64()) {
        (Some(number), _, _) => visitor.visit_u64(number),
        (_, Some(number), _) => visitor.visit_i64(number),
        (_, _, Some(number)) => visitor.visit_f64(number),
        _ => Err(Fault::of("must be a number")),
    }
}

/// The items of a list.
struct Items {
    rest: vec::IntoIter<Tree>,
    index: usize,
}

impl Items {
    fn of(items: Vec<Tree>) -> Self {
        Self {
            rest: items.into_iter(),
            index: 0,
        }
    }
}

impl<'de> SeqAccess<'de> for Items {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(item) = self.rest.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index += 1;
        seed.deserialize(Reader(item))
            .map(Some)
            .map_err(|fault| fault.at(index))
    }
}

/// The members of an object, none of which is there twice.
struct Fields {
    rest: vec::IntoIter<(String, Tree)>,
    current: Option<(String, Tree)>,
}

impl Fields {
    fn of(Members(members): Members<Tree>) -> Result<Self, Fault> {
        check_once(&members)?;
        Ok(Self {
            rest: members.into_iter(),
            current: None,
        })
    }
}

fn check_once(members: &[(String, Tree)]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (name, _) in members {
        if !seen.insert(name) {
            return Err(Fault::twice(name));
        }
    }
    Ok(())
}

impl<'de> MapAccess<'de> for Fields {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        let key =
            seed.deserialize(Reader(Tree::Text(name.clone())))
                .map_err(|fault| match fault.0.field.as_str() {
                    "" => fault.within(&name),
                    _ => fault,
                })?;
        self.current = Some((name, value));
        Ok(Some(key))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Fault> {
        let (name, value) = self.current.take().ok_or_else(|| Fault::of(OBJECT))?;
        seed.deserialize(Reader(value))
            .map_err(|fault| fault.within(&name))
    }
}

/// One of several: a text that names it, or an object whose only field does and holds its value.
struct Choice {
    known: &'static [&'static str],
    chosen: String,
    value: Value,
}

enum Value {
    /// The text alone.
    None,
    /// What the field holds.
    Of(Tree),
    /// It is neither such a text nor such an object. Which of them it must be is known when the
    /// first of the choices is read.
    Misfit,
}

impl Choice {
    fn of(tree: Tree, known: &'static [&'static str]) -> Result<Self, Fault> {
        let (chosen, value) = match tree {
            Tree::Text(text) => (Some(text), Value::None),
            Tree::Object(Members(mut members)) if members.len() == 1 => match members.pop() {
                Some((name, value)) => (Some(name), Value::Of(value)),
                None => (None, Value::Misfit),
            },
            _ => (None, Value::Misfit),
        };
        if let Some(chosen) = chosen.filter(|chosen| known.contains(&chosen.as_str())) {
            return Ok(Self {
                known,
                chosen,
                value,
            });
        }
        let first = known.first().ok_or_else(|| Fault::one_of(known))?;
        Ok(Self {
            known,
            chosen: (*first).to_owned(),
            value: Value::Misfit,
        })
    }

    /// The value of a choice that has one.
    fn given(self) -> Result<(String, Tree), Fault> {
        match self.value {
            Value::Of(value) => Ok((self.chosen, value)),
            _ => Err(Fault::exactly_one(self.known)),
        }
    }
}

impl<'de> EnumAccess<'de> for Choice {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Fault> {
        let chosen = seed.deserialize(Reader(Tree::Text(self.chosen.clone())))?;
        Ok((chosen, self))
    }
}

impl<'de> VariantAccess<'de> for Choice {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        match self.value {
            Value::None => Ok(()),
            _ => Err(Fault::one_of(self.known)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let (name, value) = self.given()?;
        seed.deserialize(Reader(value))
            .map_err(|fault| fault.within(&name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        let (name, value) = self.given()?;
        Reader(value)
            .deserialize_tuple(length, visitor)
            .map_err(|fault| fault.within(&name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let (name, value) = self.given()?;
        Reader(value)
            .deserialize_map(visitor)
            .map_err(|fault| fault.within(&name))
    }
}
