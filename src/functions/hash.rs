//! Hashes.

use super::conversion::{argument, convert};
use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "hash",
        aliases: &["hash_xxhash64"],
        params: &[Param::one("value", Takes::NotDynamic), Param::optional("modulus", Takes::Exact(Type::Long))],
        returns: Returns::Type(Type::Long),
        lower: Lower::Rewrite(hash),
        summary: "Hashes a text, a long, or a time with xxHash; with a modulus, into that many numbers from 0.",
        example: "hash(\"World\", 100)",
    },
    Function {
        name: "hash_md5",
        aliases: &[],
        params: &[Param::one("value", Takes::NotDynamic)],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(|args| digest("hash_md5", args)),
        summary: "Gives the MD5 hash of a value as text, in hexadecimal.",
        example: "hash_md5(\"World\")",
    },
    Function {
        name: "hash_sha1",
        aliases: &[],
        params: &[Param::one("value", Takes::NotDynamic)],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(|args| digest("hash_sha1", args)),
        summary: "Gives the SHA-1 hash of a value as text, in hexadecimal.",
        example: "hash_sha1(\"World\")",
    },
    Function {
        name: "hash_sha256",
        aliases: &[],
        params: &[Param::one("value", Takes::NotDynamic)],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(|args| digest("hash_sha256", args)),
        summary: "Gives the SHA-256 hash of a value as text, in hexadecimal.",
        example: "hash_sha256(\"World\")",
    },
];

/// Only types whose bytes are known are hashed: another hash than Kusto's would be a wrong answer.
fn hash(args: Vec<Scalar>) -> Result<Scalar, String> {
    match args.first().map(Scalar::ty) {
        Some(ty @ (Type::Bool | Type::Int | Type::Real | Type::Decimal | Type::Guid | Type::Dynamic)) => {
            Err(format!("`hash` of `{ty}` is not supported; hash its text: `hash(tostring(…))`"))
        }
        Some(Type::Long | Type::String | Type::DateTime | Type::TimeSpan | Type::Unknown) | None => {
            Ok(Scalar::kernel("hash", args, Type::Long))
        }
    }
}

fn digest(kernel: &'static str, args: Vec<Scalar>) -> Result<Scalar, String> {
    let text = convert(argument(args)?, Type::String);
    Ok(Scalar::kernel(kernel, vec![text], Type::String))
}
