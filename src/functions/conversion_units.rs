//! Conversions between units of measurement.

use super::units::quantity;
use super::{Function, Lower, Param, Takes};
use crate::ir::Scalar;
use crate::types::Type::{Real, String as Text};

const PARAMS: &[Param] = &[
    Param::one("value", Takes::Exact(Real)),
    Param::one("from", Takes::Exact(Text)),
    Param::one("to", Takes::Exact(Text)),
];

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    Function::kernel("convert_angle", PARAMS, Real, "Converts an angle from one unit to another.",
        "convert_angle(1.2, 'Degree', 'Arcminute')").lower(Lower::Rewrite(|args| call("angle", args))),
    Function::kernel("convert_energy", PARAMS, Real, "Converts an energy from one unit to another.",
        "convert_energy(1.2, 'Joule', 'Kilocalorie')").lower(Lower::Rewrite(|args| call("energy", args))),
    Function::kernel("convert_force", PARAMS, Real, "Converts a force from one unit to another.",
        "convert_force(1.2, 'Newton', 'Decanewton')").lower(Lower::Rewrite(|args| call("force", args))),
    Function::kernel("convert_length", PARAMS, Real, "Converts a length from one unit to another.",
        "convert_length(1.2, 'Meter', 'Foot')").lower(Lower::Rewrite(|args| call("length", args))),
    Function::kernel("convert_mass", PARAMS, Real, "Converts a mass from one unit to another.",
        "convert_mass(1.2, 'Kilogram', 'Pound')").lower(Lower::Rewrite(|args| call("mass", args))),
    Function::kernel("convert_speed", PARAMS, Real, "Converts a speed from one unit to another.",
        "convert_speed(1.2, 'MeterPerSecond', 'KilometerPerHour')").lower(Lower::Rewrite(|args| call("speed", args))),
    Function::kernel("convert_temperature", PARAMS, Real, "Converts a temperature from one unit to another.",
        "convert_temperature(1.2, 'Kelvin', 'DegreeCelsius')").lower(Lower::Rewrite(|args| call("temperature", args))),
    Function::kernel("convert_volume", PARAMS, Real, "Converts a volume from one unit to another.",
        "convert_volume(1.2, 'CubicMeter', 'Liter')").lower(Lower::Rewrite(|args| call("volume", args))),
];

/// Units that are plain constants must exist.
fn call(name: &'static str, args: Vec<Scalar>) -> Result<Scalar, String> {
    let units = args.iter().skip(1).filter_map(Scalar::literal).filter_map(|value| value.as_str());
    for unit in units {
        if !quantity(name).is_some_and(|quantity| quantity.knows(unit)) {
            return Err(format!("`{unit}` is not a unit of {name}"));
        }
    }
    let mut args = args;
    args.push(Scalar::text(name));
    Ok(Scalar::kernel("convert_unit", args, Real))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn units_are_checked() {
        let args = |to: &str| vec![Scalar::Literal(Value::Real(1.0)), Scalar::text("Meter"), Scalar::text(to)];
        assert!(call("length", args("Foot")).is_ok());
        assert_eq!(call("length", args("Second")), Err("`Second` is not a unit of length".to_owned()));
    }
}
