"""The words of the Core Business Vocabulary 2.0 (ISO/IEC 19988) and how they are written in EPCIS JSON."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

CBV = "https://ref.gs1.org/cbv/"
GS1 = "https://gs1.org/voc/"

STANDARD_CONTEXTS = (
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
    "https://gs1.github.io/EPCIS/epcis-context.jsonld",
)

# What the standard context declares.
STANDARD_PREFIXES: Mapping[str, str] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": CBV,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": GS1,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}

_CBV_SPELT_OUT = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_GS1_SPELT_OUT = re.compile(r"https?://(www\.)?gs1\.org/voc/")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """A standard vocabulary: its bare words, the URI before each, and the URIs that must be written as bare words."""

    words: frozenset[str]
    base: str
    spelt_out: re.Pattern[str]

    def refuses(self, uri: str) -> bool:
        """Tell whether `uri` spells out what JSON writes as a bare word."""
        return self.spelt_out.match(uri) is not None

    def uri_of(self, value: str) -> str:
        """Return the URI of a bare word; other values are returned as they are."""
        return f"{self.base}{value}" if value in self.words else value

    def word_of(self, value: str) -> str:
        """Return the bare word of a standard URI, full or prefixed; other values are returned as they are."""
        prefix, _, rest = value.partition(":")
        full = f"{STANDARD_PREFIXES[prefix]}{rest}" if prefix in STANDARD_PREFIXES else value
        word = full.removeprefix(self.base)
        return word if word in self.words else value


BIZ_STEP = Vocabulary(
    words=_words("""
        accepting arriving assembling collecting commissioning consigning creating_class_instance cycle_counting
        decommissioning departing destroying disassembling dispensing encoding entering_exiting holding inspecting
        installing killing loading other packing picking receiving removing repackaging repairing replacing reserving
        retail_selling sampling sensor_reporting shipping staging_outbound stock_taking stocking storing transporting
        unloading unpacking void_shipping
    """),
    base=f"{CBV}BizStep-",
    spelt_out=_CBV_SPELT_OUT,
)
DISPOSITION = Vocabulary(
    words=_words("""
        active available completeness_inferred completeness_verified conformant container_closed container_open damaged
        destroyed dispensed disposed encoded expired in_progress in_transit inactive mismatch_class mismatch_instance
        mismatch_quantity needs_replacement no_pedigree_match non_conformant non_sellable_other partially_dispensed
        recalled reserved retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable unknown
    """),
    base=f"{CBV}Disp-",
    spelt_out=_CBV_SPELT_OUT,
)
TRANSACTION_TYPE = Vocabulary(
    words=_words("bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"),
    base=f"{CBV}BTT-",
    spelt_out=_CBV_SPELT_OUT,
)
PARTY_TYPE = Vocabulary(
    words=_words("owning_party possessing_party location"), base=f"{CBV}SDT-", spelt_out=_CBV_SPELT_OUT
)
ERROR_REASON = Vocabulary(words=_words("did_not_occur incorrect_data"), base=f"{CBV}ER-", spelt_out=_CBV_SPELT_OUT)
COMPONENT = Vocabulary(
    words=_words("""
        x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle easting northing latitude
        longitude altitude
    """),
    base=f"{CBV}Comp-",
    spelt_out=_CBV_SPELT_OUT,
)
MEASUREMENT = Vocabulary(
    words=_words("""
        AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude AmountOfSubstance
        AmountOfSubstancePerUnitVolume Angle AngularAcceleration AngularMomentum AngularVelocity Area Capacitance
        Conductance Conductivity Count Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
        ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength Energy Exposure Force Frequency
        Illuminance Inductance Irradiance KinematicViscosity Length LinearMomentum Luminance LuminousFlux
        LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass MassConcentration MassFlowRate
        MassPerAreaTime MemoryCapacity MolalityOfSolute MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux
        RadiantIntensity Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume Speed
        SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume VolumeFlowRate VolumeFraction
        VolumetricFlux Wavenumber
    """),
    base=GS1,
    spelt_out=_GS1_SPELT_OUT,
)
SENSOR_ALERT = Vocabulary(words=_words("ALARM_CONDITION ERROR_CONDITION"), base=GS1, spelt_out=_GS1_SPELT_OUT)
