//! Text.

use super::conversion::convert;
use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::{Op, Scalar};
use crate::types::Type;
use crate::value::Value;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "strcat",
        aliases: &[],
        params: &[Param::many("value", Takes::Text)],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(strcat),
        summary: "Joins values as text, without anything between them.",
        example: "strcat(\"call \", 5)",
    },
    Function {
        name: "strcat_delim",
        aliases: &[],
        params: &[
            Param::one("delimiter", Takes::Text),
            Param::one("value", Takes::Text),
            Param::many("more", Takes::Text),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("strcat_delim"),
        summary: "Joins values as text, with a delimiter between them.",
        example: "strcat_delim(\"-\", \"a\", 1, true)",
    },
    Function {
        name: "strlen",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("strlen"),
        summary: "Counts the letters of a text.",
        example: "strlen(\"hello\")",
    },
    Function {
        name: "string_size",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("string_size"),
        summary: "Counts the bytes of a text in UTF-8.",
        example: "string_size(\"é\")",
    },
    Function {
        name: "substring",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Text),
            Param::one("start", Takes::Exact(Type::Long)),
            Param::optional("length", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("substring"),
        summary: "Cuts a part out of a text, from a letter counted from 0, or from the end when negative.",
        example: "substring(\"abcdefg\", 2, 3)",
    },
    Function {
        name: "split",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Text),
            Param::one("delimiter", Takes::Exact(Type::String)),
            Param::optional("index", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("split"),
        summary: "Splits a text at every delimiter into an array; with an index, only that part is kept.",
        example: "split(\"a.b.c\", \".\")",
    },
    Function {
        name: "tolower",
        aliases: &[],
        params: &[Param::one("text", Takes::Text)],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("tolower"),
        summary: "Turns a text to lower case.",
        example: "tolower(\"Hello\")",
    },
    Function {
        name: "toupper",
        aliases: &[],
        params: &[Param::one("text", Takes::Text)],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("toupper"),
        summary: "Turns a text to upper case.",
        example: "toupper(\"Hello\")",
    },
    Function {
        name: "isempty",
        aliases: &[],
        params: &[Param::one("value", Takes::Any)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(isempty),
        summary: "Tells whether a value is an empty text or null.",
        example: "isempty(\"\")",
    },
    Function {
        name: "isnotempty",
        aliases: &["notempty"],
        params: &[Param::one("value", Takes::Any)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(isnotempty),
        summary: "Tells whether a value is neither an empty text nor null.",
        example: "isnotempty(\"a\")",
    },
    Function {
        name: "replace_string",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Exact(Type::String)),
            Param::one("lookup", Takes::Exact(Type::String)),
            Param::one("rewrite", Takes::Exact(Type::String)),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("replace_string"),
        summary: "Replaces every find of a text by another.",
        example: "replace_string(\"a cat\", \"cat\", \"dog\")",
    },
    Function {
        name: "replace_strings",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Exact(Type::String)),
            Param::one("lookups", Takes::Dynamic),
            Param::one("rewrites", Takes::Dynamic),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("replace_strings"),
        summary: "Replaces finds of several texts; what was replaced is not searched again.",
        example: "replace_strings(\"a cat\", dynamic([\"a\", \"cat\"]), dynamic([\"one\", \"dog\"]))",
    },
    Function {
        name: "replace_regex",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Exact(Type::String)),
            Param::one("regex", Takes::Constant(Type::String)),
            Param::one("rewrite", Takes::Exact(Type::String)),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(replace_regex),
        summary: "Replaces finds of a regular expression; `\\1` in the replacement stands for the first group.",
        example: "replace_regex(\"a1b2\", @\"(\\d)\", @\"<\\1>\")",
    },
    Function {
        name: "replace",
        aliases: &[],
        params: &[
            Param::one("regex", Takes::Constant(Type::String)),
            Param::one("rewrite", Takes::Exact(Type::String)),
            Param::one("text", Takes::Exact(Type::String)),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(replace),
        summary: "Replaces finds of a regular expression; the older form of `replace_regex`.",
        example: "replace(@\"(\\d)\", @\"<\\1>\", \"a1b2\")",
    },
    Function {
        name: "extract",
        aliases: &[],
        params: &[
            Param::one("regex", Takes::Constant(Type::String)),
            Param::one("group", Takes::Exact(Type::Long)),
            Param::one("text", Takes::Exact(Type::String)),
            Param::optional("type", Takes::Constant(Type::String)),
        ],
        returns: Returns::From(extracted),
        lower: Lower::Rewrite(extract),
        summary: "Gives what a group of a regular expression finds in a text, or an empty text.",
        example: "extract(@\"(\\d+)ms\", 1, \"took 15ms\")",
    },
    Function {
        name: "extract_all",
        aliases: &["extractall"],
        params: &[
            Param::one("regex", Takes::Constant(Type::String)),
            Param::one("groupsOrText", Takes::Any),
            Param::optional("text", Takes::Exact(Type::String)),
        ],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Rewrite(extract_all),
        summary: "Gives all finds of a regular expression as an array, an array of arrays when it has several groups.",
        example: "extract_all(@\"(\\d+)\", \"1 and 22\")",
    },
    Function {
        name: "trim",
        aliases: &[],
        params: &[Param::one("regex", Takes::Constant(Type::String)), Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(trim),
        summary: "Drops a find of a regular expression at the start and at the end of a text.",
        example: "trim(@\"\\s+\", \"  a b  \")",
    },
    Function {
        name: "trim_start",
        aliases: &[],
        params: &[Param::one("regex", Takes::Constant(Type::String)), Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(trim_start),
        summary: "Drops a find of a regular expression at the start of a text.",
        example: "trim_start(\"https://\", \"https://bing.com\")",
    },
    Function {
        name: "trim_end",
        aliases: &[],
        params: &[Param::one("regex", Takes::Constant(Type::String)), Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(trim_end),
        summary: "Drops a find of a regular expression at the end of a text.",
        example: "trim_end(\".com\", \"bing.com\")",
    },
    Function {
        name: "indexof",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Text),
            Param::one("match", Takes::Text),
            Param::optional("start", Takes::Exact(Type::Long)),
            Param::optional("length", Takes::Exact(Type::Long)),
            Param::optional("occurrence", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("indexof"),
        summary: "Finds where a text stands in another, counted from 0; -1 when it does not.",
        example: "indexof(\"abcdefg\", \"cde\")",
    },
    Function {
        name: "indexof_regex",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Text),
            Param::one("regex", Takes::Constant(Type::String)),
            Param::optional("start", Takes::Exact(Type::Long)),
            Param::optional("length", Takes::Exact(Type::Long)),
            Param::optional("occurrence", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::Long),
        lower: Lower::Rewrite(indexof_regex),
        summary: "Finds where a regular expression matches in a text, counted from 0; -1 when it does not.",
        example: "indexof_regex(\"abcabc\", @\"b.\")",
    },
    Function {
        name: "countof",
        aliases: &[],
        params: &[
            Param::one("text", Takes::Exact(Type::String)),
            Param::one("search", Takes::Exact(Type::String)),
            Param::optional("kind", Takes::Constant(Type::String)),
        ],
        returns: Returns::Type(Type::Long),
        lower: Lower::Rewrite(countof),
        summary: "Counts how often a text, or with the kind `regex` a regular expression, is found in another.",
        example: "countof(\"aaa\", \"a\")",
    },
    Function {
        name: "has_any_index",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String)), Param::one("values", Takes::Dynamic)],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("has_any_index"),
        summary: "Gives the position of the first of several terms that a text has; -1 when it has none.",
        example: "has_any_index(\"an example\", dynamic([\"no\", \"example\"]))",
    },
    Function {
        name: "reverse",
        aliases: &[],
        params: &[Param::one("value", Takes::Text)],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("reverse"),
        summary: "Writes the letters of a text in reverse order.",
        example: "reverse(\"abc\")",
    },
    Function {
        name: "strcmp",
        aliases: &[],
        params: &[Param::one("left", Takes::Text), Param::one("right", Takes::Text)],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("strcmp"),
        summary: "Compares two texts byte by byte: -1, 0 or 1.",
        example: "strcmp(\"abc\", \"abd\")",
    },
    Function {
        name: "strrep",
        aliases: &[],
        params: &[
            Param::one("value", Takes::Text),
            Param::one("times", Takes::Exact(Type::Long)),
            Param::optional("delimiter", Takes::Text),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("strrep"),
        summary: "Repeats a text up to 1024 times.",
        example: "strrep(\"ab\", 3, \"-\")",
    },
    Function {
        name: "translate",
        aliases: &[],
        params: &[
            Param::one("searchList", Takes::Exact(Type::String)),
            Param::one("replacementList", Takes::Exact(Type::String)),
            Param::one("text", Takes::Exact(Type::String)),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("translate"),
        summary: "Replaces letters of one list by those of another.",
        example: "translate(\"krasp\", \"otsku\", \"spark\")",
    },
    Function {
        name: "regex_quote",
        aliases: &[],
        params: &[Param::one("text", Takes::Text)],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("regex_quote"),
        summary: "Escapes a text so that a regular expression finds exactly it.",
        example: "regex_quote(\"(so$me.Te%xt)\")",
    },
    Function {
        name: "isascii",
        aliases: &[],
        params: &[Param::one("value", Takes::Text)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Kernel("isascii"),
        summary: "Tells whether a text holds ASCII letters only.",
        example: "isascii(\"abc\")",
    },
    Function {
        name: "isutf8",
        aliases: &[],
        params: &[Param::one("value", Takes::Text)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(isutf8),
        summary: "Tells whether a text is valid UTF-8, which all text is here.",
        example: "isutf8(\"abc\")",
    },
    Function {
        name: "unicode_codepoints_from_string",
        aliases: &["to_utf8"],
        params: &[Param::one("text", Takes::Text)],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("unicode_codepoints_from_string"),
        summary: "Gives the code points of a text as an array of numbers.",
        example: "unicode_codepoints_from_string(\"abc\")",
    },
    Function {
        name: "unicode_codepoints_to_string",
        aliases: &["make_string"],
        params: &[Param::many("codepoints", Takes::Any)],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(codepoints),
        summary: "Makes a text of code points, given as numbers or arrays of numbers.",
        example: "unicode_codepoints_to_string(75, 117, dynamic([115, 116, 111]))",
    },
    Function {
        name: "format_bytes",
        aliases: &[],
        params: &[
            Param::one("size", Takes::Exact(Type::Real)),
            Param::optional("precision", Takes::Constant(Type::Long)),
            Param::optional("unit", Takes::Constant(Type::String)),
        ],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(format_bytes),
        summary: "Writes a number of bytes with the unit that fits, or with a given one.",
        example: "format_bytes(20010332, 2)",
    },
    Function {
        name: "base64_encode_tostring",
        aliases: &["base64_encodestring"],
        params: &[Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("base64_encode_tostring"),
        summary: "Writes the bytes of a text in base64.",
        example: "base64_encode_tostring(\"Kusto\")",
    },
    Function {
        name: "base64_decode_tostring",
        aliases: &["base64_decodestring"],
        params: &[Param::one("base64", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("base64_decode_tostring"),
        summary: "Reads base64 as text; what is not valid UTF-8 gives an empty text.",
        example: "base64_decode_tostring(\"S3VzdG8=\")",
    },
    Function {
        name: "base64_encode_fromarray",
        aliases: &[],
        params: &[Param::one("bytes", Takes::Dynamic)],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("base64_encode_fromarray"),
        summary: "Writes an array of bytes in base64.",
        example: "base64_encode_fromarray(dynamic([75, 117]))",
    },
    Function {
        name: "base64_decode_toarray",
        aliases: &[],
        params: &[Param::one("base64", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("base64_decode_toarray"),
        summary: "Reads base64 as an array of bytes.",
        example: "base64_decode_toarray(\"S3VzdG8=\")",
    },
    Function {
        name: "base64_encode_fromguid",
        aliases: &[],
        params: &[Param::one("guid", Takes::Exact(Type::Guid))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("base64_encode_fromguid"),
        summary: "Writes the 16 bytes of a guid in base64.",
        example: "base64_encode_fromguid(toguid(\"ae3133f2-6e22-49ae-b06a-16e6a9b212eb\"))",
    },
    Function {
        name: "base64_decode_toguid",
        aliases: &[],
        params: &[Param::one("base64", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Guid),
        lower: Lower::Kernel("base64_decode_toguid"),
        summary: "Reads base64 of 16 bytes as a guid.",
        example: "base64_decode_toguid(\"JpbpECu8dUy7Pv5gbeJXAA==\")",
    },
    Function {
        name: "gzip_decompress_from_base64_string",
        aliases: &[],
        params: &[Param::one("base64", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("gzip_decompress"),
        summary: "Reads base64 of a gzip-compressed text; an empty text when it is none.",
        example: "gzip_decompress_from_base64_string(\"H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==\")",
    },
    Function {
        name: "zlib_decompress_from_base64_string",
        aliases: &[],
        params: &[Param::one("base64", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("zlib_decompress"),
        summary: "Reads base64 of a zlib-compressed text; an empty text when it is none.",
        example: "zlib_decompress_from_base64_string(\"eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=\")",
    },
    Function {
        name: "punycode_from_string",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("punycode_from_string"),
        summary: "Writes a text in Punycode.",
        example: "punycode_from_string(\"académie-française\")",
    },
    Function {
        name: "punycode_to_string",
        aliases: &[],
        params: &[Param::one("punycode", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("punycode_to_string"),
        summary: "Reads Punycode as text.",
        example: "punycode_to_string(\"acadmie-franaise-npb1a\")",
    },
    Function {
        name: "punycode_domain_from_string",
        aliases: &[],
        params: &[Param::one("domain", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("punycode_domain_from_string"),
        summary: "Reads the Punycode parts of a domain name.",
        example: "punycode_domain_from_string(\"xn--Ge-mia.Bulg.edu\")",
    },
    Function {
        name: "punycode_domain_to_string",
        aliases: &[],
        params: &[Param::one("domain", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("punycode_domain_to_string"),
        summary: "Writes the parts of a domain name that need it in Punycode.",
        example: "punycode_domain_to_string(\"艺术.com\")",
    },
    Function {
        name: "extract_json",
        aliases: &["extractjson"],
        params: &[
            Param::one("path", Takes::Constant(Type::String)),
            Param::one("json", Takes::Exact(Type::String)),
            Param::optional("type", Takes::Constant(Type::String)),
        ],
        returns: Returns::From(extracted_json),
        lower: Lower::Rewrite(extract_json),
        summary: "Gives the value at a path in JSON text.",
        example: "extract_json(\"$.a[0].b\", '{\"a\": [{\"b\": 5}]}')",
    },
    Function {
        name: "parse_csv",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("parse_csv"),
        summary: "Splits one record of comma-separated values into an array.",
        example: "parse_csv('aa,\"b,b\",cc')",
    },
    Function {
        name: "parse_xml",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("parse_xml"),
        summary: "Reads XML as a property bag: elements by name, attributes with `@`, text as `#text`.",
        example: "parse_xml(\"<a b='1'>x</a>\")",
    },
    Function {
        name: "parse_path",
        aliases: &[],
        params: &[Param::one("path", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("parse_path"),
        summary: "Takes a file path apart.",
        example: "parse_path(@\"C:\\temp\\file.txt\")",
    },
    Function {
        name: "parse_command_line",
        aliases: &[],
        params: &[Param::one("text", Takes::Text), Param::one("parser", Takes::Constant(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Rewrite(parse_command_line),
        summary: "Splits a command line into its arguments as Windows does.",
        example: "parse_command_line('echo \"hello world!\"', \"windows\")",
    },
    Function {
        name: "new_guid",
        aliases: &[],
        params: &[],
        returns: Returns::Type(Type::Guid),
        lower: Lower::Kernel("new_guid"),
        summary: "Gives a new random guid for each row.",
        example: "new_guid()",
    },
];

/// Most arguments of `strcat`.
const MOST_PARTS: usize = 64;

/// Checks a regular expression.
pub fn check_regex(pattern: &str) -> Result<(), String> {
    match regex::Regex::new(pattern) {
        Ok(_) => Ok(()),
        Err(error) => {
            // The message draws the pattern first; its last line says what is wrong.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            Err(format!("`{pattern}` is not a regular expression: {reason}"))
        }
    }
}

/// A call of a kernel, after the pattern at a position was checked.
fn with_regex(kernel: &'static str, args: Vec<Scalar>, at: usize, ty: Type) -> Result<Scalar, String> {
    if let Some(pattern) = args.get(at).and_then(text_of) {
        check_regex(pattern)?;
    }
    Ok(Scalar::kernel(kernel, args, ty))
}

fn text_of(arg: &Scalar) -> Option<&str> {
    arg.literal().and_then(Value::as_str)
}

/// Joins neighbouring constants, so that a kernel sees as few parts as there must be.
fn strcat(args: Vec<Scalar>) -> Result<Scalar, String> {
    if args.len() > MOST_PARTS {
        return Err(format!("`strcat` takes at most {MOST_PARTS} arguments"));
    }
    let mut parts: Vec<Scalar> = Vec::with_capacity(args.len());
    for arg in args {
        match (parts.last_mut(), text_of(&arg)) {
            (Some(Scalar::Literal(Value::String(last))), Some(text)) => last.push_str(text),
            _ => parts.push(arg),
        }
    }
    match parts.len() {
        0 | 1 => super::conversion::argument(parts),
        _ => Ok(Scalar::kernel("strcat", parts, Type::String)),
    }
}

fn isempty(args: Vec<Scalar>) -> Result<Scalar, String> {
    empty(args, Op::Equal, Op::IsNull)
}

fn isnotempty(args: Vec<Scalar>) -> Result<Scalar, String> {
    empty(args, Op::NotEqual, Op::IsNotNull)
}

/// A comparison with the empty text, or a null test for what is no text.
fn empty(args: Vec<Scalar>, text: Op, other: Op) -> Result<Scalar, String> {
    let value = super::conversion::argument(args)?;
    Ok(match value.ty() {
        Type::String | Type::Dynamic | Type::Unknown => {
            Scalar::op(text, vec![convert(value, Type::String), Scalar::text("")], Type::Bool)
        }
        Type::Bool
        | Type::Int
        | Type::Long
        | Type::Real
        | Type::Decimal
        | Type::DateTime
        | Type::TimeSpan
        | Type::Guid => Scalar::op(other, vec![value], Type::Bool),
    })
}

fn replace_regex(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("replace_regex", args, 1, Type::String)
}

fn replace(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    args.rotate_right(1);
    with_regex("replace_regex", args, 1, Type::String)
}

/// The type named by a `typeof`, which comes as the name of the type.
fn typeof_argument(args: &[Scalar], at: usize) -> Option<Type> {
    args.get(at).and_then(text_of).and_then(Type::parse)
}

fn extracted(args: &[Scalar]) -> Type {
    typeof_argument(args, 3).unwrap_or(Type::String)
}

fn extracted_json(args: &[Scalar]) -> Type {
    typeof_argument(args, 2).unwrap_or(Type::String)
}

fn extract(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = if args.len() > 3 { typeof_argument(&args, 3) } else { Some(Type::String) };
    args.truncate(3);
    let found = with_regex("extract", args, 0, Type::String)?;
    Ok(convert(found, ty.ok_or("`extract` takes a type, such as `typeof(long)`, as its last argument")?))
}

fn extract_json(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = if args.len() > 2 { typeof_argument(&args, 2) } else { Some(Type::String) };
    args.truncate(2);
    if let Some(path) = args.first().and_then(text_of) {
        super::json_path::parse_json_path(path)?;
    }
    let found = Scalar::kernel("extract_json", args, Type::Dynamic);
    Ok(convert(found, ty.ok_or("`extract_json` takes a type, such as `typeof(long)`, as its last argument")?))
}

fn extract_all(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    if let Some(pattern) = args.first().and_then(text_of) {
        check_regex(pattern)?;
        if regex::Regex::new(pattern).is_ok_and(|regex| regex.captures_len() < 2) {
            return Err(format!("`{pattern}` has no capture group"));
        }
    }
    let kernel = if args.len() > 2 { "extract_all_groups" } else { "extract_all" };
    let ty = if args.len() > 2 { Type::Dynamic } else { Type::String };
    if let Some(second) = args.get_mut(1) {
        *second = convert(std::mem::replace(second, Scalar::bool(false)), ty);
    }
    Ok(Scalar::kernel(kernel, args, Type::Dynamic))
}

fn trim(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("trim", args, 0, Type::String)
}

fn trim_start(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("trim_start", args, 0, Type::String)
}

fn trim_end(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("trim_end", args, 0, Type::String)
}

fn indexof_regex(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("indexof_regex", args, 1, Type::Long)
}

fn countof(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    let kind = if args.len() > 2 { args.pop() } else { None };
    match kind.as_ref().map(text_of) {
        None | Some(Some("normal")) => Ok(Scalar::kernel("countof", args, Type::Long)),
        Some(Some("regex")) => with_regex("countof_regex", args, 1, Type::Long),
        Some(_) => Err("the kind of `countof` is `normal` or `regex`".to_owned()),
    }
}

fn isutf8(_args: Vec<Scalar>) -> Result<Scalar, String> {
    Ok(Scalar::bool(true))
}

fn codepoints(args: Vec<Scalar>) -> Result<Scalar, String> {
    let whole = |ty: Type| ty.is_integer() || matches!(ty, Type::Dynamic | Type::Unknown);
    if let Some(arg) = args.iter().find(|arg| !whole(arg.ty())) {
        return Err(format!("code points are whole numbers or arrays of them, not `{}`", arg.ty()));
    }
    let args = args.into_iter().map(|arg| convert(arg, Type::Dynamic)).collect();
    Ok(Scalar::kernel("unicode_codepoints_to_string", args, Type::String))
}

/// The units of `format_bytes`.
pub const BYTE_UNITS: &[&str] = &["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

fn format_bytes(args: Vec<Scalar>) -> Result<Scalar, String> {
    match args.get(2).and_then(text_of) {
        Some(unit) if !unit.is_empty() && !BYTE_UNITS.contains(&unit) => {
            Err(format!("`{unit}` is not a unit of `format_bytes`: {}", BYTE_UNITS.join(", ")))
        }
        _ => Ok(Scalar::kernel("format_bytes", args, Type::String)),
    }
}

fn parse_command_line(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    match args.pop().as_ref().and_then(text_of) {
        Some(parser) if parser.eq_ignore_ascii_case("windows") => {
            Ok(Scalar::kernel("parse_command_line", args, Type::Dynamic))
        }
        _ => Err("the only parser of `parse_command_line` is `windows`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_checked_before_anything_runs() {
        assert_eq!(check_regex(r"a(b"), Err("`a(b` is not a regular expression: unclosed group".to_owned()));
        let call = trim(vec![Scalar::text("["), Scalar::text("x")]);
        assert!(call.is_err_and(|message| message.contains("unclosed character class")));
        assert!(extract_all(vec![Scalar::text("x"), Scalar::text("x")]).is_err());
    }

    #[test]
    fn strcat_joins_constants() {
        let column = Scalar::Column(crate::ir::ColumnId(0), Type::String);
        let call = strcat(vec![Scalar::text("a"), Scalar::text("b"), column.clone()]);
        assert_eq!(call, Ok(Scalar::kernel("strcat", vec![Scalar::text("ab"), column], Type::String)));
        assert_eq!(strcat(vec![Scalar::text("a"), Scalar::text("b")]), Ok(Scalar::text("ab")));
    }

    #[test]
    fn extract_gives_the_type_asked_for() {
        let args = || vec![Scalar::text(r"(\d)"), Scalar::long(1), Scalar::text("5"), Scalar::text("long")];
        assert_eq!(extracted(&args()), Type::Long);
        assert_eq!(extract(args()).map(|scalar| scalar.ty()), Ok(Type::Long));
        assert_eq!(extracted(&args()[..3]), Type::String);
        assert_eq!(extracted_json(&[Scalar::text("$.a"), Scalar::text("{}")]), Type::String);
    }
}
