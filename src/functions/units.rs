//! The units that the `convert_…` functions know, and how much each is in the base unit of its quantity.

/// A quantity and its units.
pub struct Quantity {
    /// What the function's name ends with.
    pub name: &'static str,
    /// The units: name, factor and offset that lead to the base unit.
    units: &'static [Unit],
}

/// A unit: its value times the factor plus the offset is the value in the base unit.
struct Unit {
    name: &'static str,
    factor: f64,
    offset: f64,
}

const fn unit(name: &'static str, factor: f64) -> Unit {
    Unit { name, factor, offset: 0.0 }
}

const fn shifted(name: &'static str, factor: f64, offset: f64) -> Unit {
    Unit { name, factor, offset }
}

/// The quantity of a name.
pub fn quantity(name: &str) -> Option<&'static Quantity> {
    QUANTITIES.iter().find(|quantity| quantity.name == name)
}

impl Quantity {
    /// Whether it has a unit of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.units.iter().any(|unit| unit.name == name)
    }

    /// A value in another unit; `None` when one of the units does not exist.
    pub fn convert(&self, value: f64, from: &str, to: &str) -> Option<f64> {
        let find = |name: &str| self.units.iter().find(|unit| unit.name == name);
        let (from, to) = (find(from)?, find(to)?);
        Some((value * from.factor + from.offset - to.offset) / to.factor)
    }
}

const POUND: f64 = 0.453_592_37;
const FOOT: f64 = 0.3048;
const SURVEY_FOOT: f64 = 1200.0 / 3937.0;
const BTU: f64 = 1_055.055_852_62;
const ELECTRON_VOLT: f64 = 1.602_176_565e-19;
const CUBIC_FOOT: f64 = FOOT * FOOT * FOOT;
const US_GALLON: f64 = 0.003_785_411_784;
const IMPERIAL_GALLON: f64 = 0.004_546_09;
const RADIAN: f64 = 180.0 / std::f64::consts::PI;
const MINUTE: f64 = 60.0;
const HOUR: f64 = 3600.0;
const DAY: f64 = 86_400.0;

/// All quantities.
#[rustfmt::skip] // A table.
pub const QUANTITIES: &[Quantity] = &[
    Quantity { name: "angle", units: &[
        unit("Degree", 1.0), unit("Arcminute", 1.0 / 60.0), unit("Arcsecond", 1.0 / 3600.0), unit("Radian", RADIAN),
        unit("Deciradian", 0.1 * RADIAN), unit("Centiradian", 0.01 * RADIAN), unit("Milliradian", 1e-3 * RADIAN),
        unit("Microradian", 1e-6 * RADIAN), unit("Nanoradian", 1e-9 * RADIAN), unit("Millidegree", 1e-3),
        unit("Microdegree", 1e-6), unit("Nanodegree", 1e-9), unit("Gradian", 0.9), unit("NatoMil", 0.05625),
        unit("Revolution", 360.0),
    ] },
    Quantity { name: "energy", units: &[
        unit("Joule", 1.0), unit("Millijoule", 1e-3), unit("Kilojoule", 1e3), unit("Megajoule", 1e6),
        unit("Gigajoule", 1e9), unit("Watthour", HOUR), unit("Kilowatthour", 1e3 * HOUR),
        unit("Megawatthour", 1e6 * HOUR), unit("Gigawatthour", 1e9 * HOUR), unit("Terawatthour", 1e12 * HOUR),
        unit("Wattday", DAY), unit("Kilowattday", 1e3 * DAY), unit("Megawattday", 1e6 * DAY),
        unit("Gigawattday", 1e9 * DAY), unit("Terawattday", 1e12 * DAY), unit("BritishThermalUnit", BTU),
        unit("KilobritishThermalUnit", 1e3 * BTU), unit("MegabritishThermalUnit", 1e6 * BTU),
        unit("GigabritishThermalUnit", 1e9 * BTU), unit("Calorie", 4.184), unit("Kilocalorie", 4184.0),
        unit("Megacalorie", 4.184e6), unit("ElectronVolt", ELECTRON_VOLT), unit("KiloelectronVolt", 1e3 * ELECTRON_VOLT),
        unit("MegaelectronVolt", 1e6 * ELECTRON_VOLT), unit("GigaelectronVolt", 1e9 * ELECTRON_VOLT),
        unit("TeraelectronVolt", 1e12 * ELECTRON_VOLT), unit("Erg", 1e-7), unit("FootPound", 1.355_817_948),
        unit("HorsepowerHour", 2.684_519_537_7e6), unit("ThermEc", 1e5 * BTU), unit("ThermUs", 1.054_804e8),
        unit("ThermImperial", 1.055_055_852_573_48e8), unit("DecathermEc", 1e6 * BTU), unit("DecathermUs", 1.054_804e9),
        unit("DecathermImperial", 1.055_055_852_573_48e9),
    ] },
    Quantity { name: "force", units: &[
        unit("Newton", 1.0), unit("Micronewton", 1e-6), unit("Millinewton", 1e-3), unit("Decanewton", 10.0),
        unit("Kilonewton", 1e3), unit("Meganewton", 1e6), unit("Dyn", 1e-5), unit("KilogramForce", 9.80665),
        unit("KiloPond", 9.80665), unit("TonneForce", 9806.65), unit("PoundForce", POUND * 9.80665),
        unit("KilopoundForce", 1e3 * POUND * 9.80665), unit("OunceForce", POUND * 9.80665 / 16.0),
        unit("ShortTonForce", 2000.0 * POUND * 9.80665), unit("Poundal", POUND * FOOT),
    ] },
    Quantity { name: "length", units: &[
        unit("Meter", 1.0), unit("Nanometer", 1e-9), unit("Micrometer", 1e-6), unit("Millimeter", 1e-3),
        unit("Centimeter", 1e-2), unit("Decimeter", 0.1), unit("Decameter", 10.0), unit("Hectometer", 100.0),
        unit("Kilometer", 1e3), unit("Angstrom", 1e-10), unit("AstronomicalUnit", 1.495_978_707e11),
        unit("Chain", 20.1168), unit("DataMile", 1828.8), unit("DtpPica", 0.0254 / 6.0), unit("DtpPoint", 0.0254 / 72.0),
        unit("Fathom", 1.8288), unit("Foot", FOOT), unit("Hand", 0.1016), unit("Inch", 0.0254), unit("Microinch", 2.54e-8),
        unit("Mil", 2.54e-5), unit("Mile", 1609.344), unit("NauticalMile", 1852.0), unit("Yard", 0.9144),
        unit("UsSurveyFoot", SURVEY_FOOT), unit("LightYear", 9.460_730_472_580_8e15),
        unit("KilolightYear", 9.460_730_472_580_8e18), unit("MegalightYear", 9.460_730_472_580_8e21),
        unit("Parsec", 3.085_677_581_28e16), unit("Kiloparsec", 3.085_677_581_28e19), unit("Megaparsec", 3.085_677_581_28e22),
        unit("PrinterPica", 0.0254 / 6.0225), unit("PrinterPoint", 0.0254 / 72.27), unit("Shackle", 27.432),
        unit("SolarRadius", 6.9551e8), unit("Twip", 0.0254 / 1440.0),
    ] },
    Quantity { name: "mass", units: &[
        unit("Kilogram", 1.0), unit("Nanogram", 1e-12), unit("Microgram", 1e-9), unit("Milligram", 1e-6),
        unit("Centigram", 1e-5), unit("Decigram", 1e-4), unit("Gram", 1e-3), unit("Decagram", 1e-2), unit("Hectogram", 0.1),
        unit("Tonne", 1e3), unit("Kilotonne", 1e6), unit("Megatonne", 1e9), unit("Pound", POUND), unit("Kilopound", 1e3 * POUND),
        unit("Megapound", 1e6 * POUND), unit("Ounce", POUND / 16.0), unit("Grain", POUND / 7000.0), unit("Stone", 14.0 * POUND),
        unit("ShortHundredweight", 100.0 * POUND), unit("LongHundredweight", 112.0 * POUND), unit("ShortTon", 2000.0 * POUND),
        unit("LongTon", 2240.0 * POUND), unit("Slug", POUND * 9.80665 / FOOT), unit("EarthMass", 5.9722e24),
        unit("SolarMass", 1.989_47e30),
    ] },
    Quantity { name: "speed", units: &[
        unit("MeterPerSecond", 1.0), unit("MeterPerMinute", 1.0 / MINUTE), unit("MeterPerHour", 1.0 / HOUR),
        unit("NanometerPerSecond", 1e-9), unit("NanometerPerMinute", 1e-9 / MINUTE), unit("MicrometerPerSecond", 1e-6),
        unit("MicrometerPerMinute", 1e-6 / MINUTE), unit("MillimeterPerSecond", 1e-3), unit("MillimeterPerMinute", 1e-3 / MINUTE),
        unit("MillimeterPerHour", 1e-3 / HOUR), unit("CentimeterPerSecond", 0.01), unit("CentimeterPerMinute", 0.01 / MINUTE),
        unit("CentimeterPerHour", 0.01 / HOUR), unit("DecimeterPerSecond", 0.1), unit("DecimeterPerMinute", 0.1 / MINUTE),
        unit("KilometerPerSecond", 1e3), unit("KilometerPerMinute", 1e3 / MINUTE), unit("KilometerPerHour", 1e3 / HOUR),
        unit("FootPerSecond", FOOT), unit("FootPerMinute", FOOT / MINUTE), unit("FootPerHour", FOOT / HOUR),
        unit("InchPerSecond", 0.0254), unit("InchPerMinute", 0.0254 / MINUTE), unit("InchPerHour", 0.0254 / HOUR),
        unit("YardPerSecond", 0.9144), unit("YardPerMinute", 0.9144 / MINUTE), unit("YardPerHour", 0.9144 / HOUR),
        unit("UsSurveyFootPerSecond", SURVEY_FOOT), unit("UsSurveyFootPerMinute", SURVEY_FOOT / MINUTE),
        unit("UsSurveyFootPerHour", SURVEY_FOOT / HOUR), unit("Knot", 1852.0 / HOUR), unit("MilePerHour", 0.447_04),
    ] },
    Quantity { name: "temperature", units: &[
        unit("Kelvin", 1.0), shifted("DegreeCelsius", 1.0, 273.15), shifted("MillidegreeCelsius", 1e-3, 273.15),
        shifted("DegreeFahrenheit", 5.0 / 9.0, 459.67 * 5.0 / 9.0), unit("DegreeRankine", 5.0 / 9.0),
        shifted("DegreeDelisle", -2.0 / 3.0, 373.15), shifted("DegreeNewton", 100.0 / 33.0, 273.15),
        shifted("DegreeReaumur", 1.25, 273.15), shifted("DegreeRoemer", 40.0 / 21.0, 273.15 - 7.5 * 40.0 / 21.0),
        unit("SolarTemperature", 5778.0),
    ] },
    Quantity { name: "volume", units: &[
        unit("CubicMeter", 1.0), unit("CubicMicrometer", 1e-18), unit("CubicMillimeter", 1e-9), unit("CubicCentimeter", 1e-6),
        unit("CubicDecimeter", 1e-3), unit("HectocubicMeter", 100.0), unit("KilocubicMeter", 1e3), unit("CubicHectometer", 1e6),
        unit("CubicKilometer", 1e9), unit("Microliter", 1e-9), unit("Milliliter", 1e-6), unit("Centiliter", 1e-5),
        unit("Deciliter", 1e-4), unit("Liter", 1e-3), unit("Hectoliter", 0.1), unit("Kiloliter", 1.0), unit("Megaliter", 1e3),
        unit("AcreFoot", 1.0 / 0.000_810_714), unit("AuTablespoon", 2e-5), unit("BoardFoot", CUBIC_FOOT / 12.0),
        unit("CubicFoot", CUBIC_FOOT), unit("HectocubicFoot", 100.0 * CUBIC_FOOT), unit("KilocubicFoot", 1e3 * CUBIC_FOOT),
        unit("MegacubicFoot", 1e6 * CUBIC_FOOT), unit("CubicInch", 1.638_706_4e-5), unit("CubicYard", 27.0 * CUBIC_FOOT),
        unit("CubicMile", 1609.344 * 1609.344 * 1609.344), unit("UsGallon", US_GALLON), unit("DecausGallon", 10.0 * US_GALLON),
        unit("HectousGallon", 100.0 * US_GALLON), unit("KilousGallon", 1e3 * US_GALLON), unit("MegausGallon", 1e6 * US_GALLON),
        unit("UsQuart", US_GALLON / 4.0), unit("UsPint", US_GALLON / 8.0), unit("UsCustomaryCup", US_GALLON / 16.0),
        unit("UsLegalCup", 2.4e-4), unit("UsOunce", US_GALLON / 128.0), unit("UsTablespoon", US_GALLON / 256.0),
        unit("UsTeaspoon", US_GALLON / 768.0), unit("UsBeerBarrel", 31.0 * US_GALLON), unit("OilBarrel", 42.0 * US_GALLON),
        unit("ImperialGallon", IMPERIAL_GALLON), unit("KiloimperialGallon", 1e3 * IMPERIAL_GALLON),
        unit("MegaimperialGallon", 1e6 * IMPERIAL_GALLON), unit("ImperialPint", IMPERIAL_GALLON / 8.0),
        unit("ImperialOunce", IMPERIAL_GALLON / 160.0), unit("ImperialBeerBarrel", 36.0 * IMPERIAL_GALLON),
        unit("MetricCup", 2.5e-4), unit("MetricTeaspoon", 5e-6), unit("UkTablespoon", 1.5e-5),
    ] },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, value: f64, from: &str, to: &str, expected: f64) {
        let converted = quantity(name).and_then(|quantity| quantity.convert(value, from, to)).unwrap_or(f64::NAN);
        assert!((converted - expected).abs() <= expected.abs() * 1e-9, "{value} {from} is {converted} {to}");
    }

    #[test]
    fn values_are_converted() {
        check("energy", 1.2, "Joule", "BritishThermalUnit", 0.001_137_380_544_375_98);
        check("length", 1.2, "Meter", "Foot", 3.937_007_874_015_75);
        check("mass", 1.2, "Kilogram", "Pound", 2.645_547_146_218_53);
        check("volume", 1.2, "CubicMeter", "AcreFoot", 0.000_972_856_8);
        check("temperature", 1.2, "Kelvin", "DegreeCelsius", -271.95);
        check("temperature", 212.0, "DegreeFahrenheit", "DegreeCelsius", 100.0);
        check("temperature", 0.0, "DegreeDelisle", "DegreeCelsius", 100.0);
        check("angle", 0.5, "Revolution", "Radian", std::f64::consts::PI);
        assert!(quantity("speed").is_some_and(|speed| speed.knows("Knot") && !speed.knows("Warp")));
    }
}
