"""What the fictional countries are like: every number of the simulation, documented, in frozen records.

None of these numbers describes a real country; the ranges are those that household and worker surveys publish.
"""

from __future__ import annotations

from dataclasses import dataclass

CHAINS = ("cocoa", "coffee", "cotton", "garment", "mining", "fishing")
PRODUCTS = ("", *CHAINS, "other")
"""Product names by code: 0 none, 1-6 the chains, 7 any other product."""

OTHER = PRODUCTS.index("other")
YES_NO = ("No", "Yes")
AREAS = ("Urban", "Rural")
SEXES = ("Female", "Male")
WEALTH = ("Poorest", "Second", "Middle", "Fourth", "Richest")
CHILD_AGES = ("5-11", "12-14", "15-17")
ADULT_AGES = ("18-24", "25-54", "55+")
AGE_GROUPS = ("0-4", *CHILD_AGES, *ADULT_AGES)
AGE_LIMITS = (5, 12, 15, 18, 25, 55)
"""First age of each group after the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainProfile:
    """How a supply chain lies over a country.

    Attributes
    ----------
    urban, rural : float
        Share of enumeration areas, in a region of weight 1, that are producing areas.
    regions : tuple of three floats
        Weights of the regions; the share of producing areas is multiplied by it.
    households : float
        Share of the households of a producing area that produce; elsewhere a twenty-fifth of it.
    hired : float
        Chance that a worker of a producing area who does not work for a producing household is hired in the chain.
    forced : float
        Log odds of forced labour in the chain against other work.
    forced_male : float
        What is added to them for men, half of it taken off for women.
    """

    urban: float
    rural: float
    regions: tuple[float, float, float]
    households: float
    hired: float
    forced: float
    forced_male: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryProfile:
    """What a fictional country is like.

    Attributes
    ----------
    code : str
        ISO 3166 user-assigned code, which no country can have.
    regions : tuple of three str
        Names of the regions, unique over countries.
    region_shares : tuple of three floats
        Shares of the households.
    urban : float
        Share of urban households in each region.
    children, urban_children : float
        Mean number of persons aged 0-17 in a rural and in an urban household.
    school : float
        Log odds that a rural child of 9 of mean wealth attends school.
    work, work_male, work_producing, work_rural, work_wealth : float
        Log odds of economic activity of a girl of 5-11; what is added for boys, in a producing household, in rural
        areas and for each standard deviation of wealth.
    hours : float
        Log of the ratio of hours to those of the reference profile (medians of 8, 12 and 20 hours by age group).
    work_area_sd, work_household_sd : float
        Standard deviations of the effects of the area and of the household on economic activity; the first one makes
        the intra-class correlation.
    chores : float
        Log of the ratio of chore hours to those of the reference profile.
    employment : tuple of two floats
        Log odds that a woman and a man of 25-54 work.
    forced, forced_male : float
        Log odds of forced labour of a woman in other work, and what is added for men.
    forced_area_sd : float
        Standard deviation of the effect of the area on forced labour.
    chains : mapping of chain to ChainProfile, as pairs
    """

    code: str
    regions: tuple[str, str, str]
    region_shares: tuple[float, float, float]
    urban: float
    children: float
    urban_children: float
    school: float
    work: float
    work_male: float
    work_producing: float
    work_rural: float
    work_wealth: float
    hours: float
    work_area_sd: float
    work_household_sd: float
    chores: float
    employment: tuple[float, float]
    forced: float
    forced_male: float
    forced_area_sd: float
    chains: tuple[tuple[str, ChainProfile], ...]


XAA = CountryProfile(
    code="XAA",
    regions=("XAA North", "XAA Centre", "XAA South"),
    region_shares=(0.30, 0.36, 0.34),
    urban=0.38,
    children=3.3,
    urban_children=2.6,
    school=1.6,
    work=-2.35,
    work_male=0.45,
    work_producing=0.95,
    work_rural=0.65,
    work_wealth=-0.20,
    hours=0.0,
    work_area_sd=0.88,
    work_household_sd=0.75,
    chores=0.10,
    employment=(0.7, 2.0),
    forced=-6.15,
    forced_male=0.15,
    forced_area_sd=1.55,
    chains=(
        ("cocoa", ChainProfile(urban=0.05, rural=0.40, regions=(0.1, 1.2, 1.6), households=0.55, hired=0.20,
                               forced=0.35, forced_male=0.2)),
        ("coffee", ChainProfile(urban=0.03, rural=0.26, regions=(0.5, 1.5, 0.9), households=0.38, hired=0.10,
                                forced=0.15, forced_male=0.1)),
        ("fishing", ChainProfile(urban=0.10, rural=0.22, regions=(0.4, 0.8, 1.7), households=0.35, hired=0.16,
                                 forced=1.20, forced_male=0.5)),
    ),
)  # fmt: skip

XBB = CountryProfile(
    code="XBB",
    regions=("XBB East", "XBB Delta", "XBB Plateau"),
    region_shares=(0.34, 0.30, 0.36),
    urban=0.42,
    children=2.5,
    urban_children=2.1,
    school=2.3,
    work=-3.60,
    work_male=0.30,
    work_producing=0.95,
    work_rural=0.40,
    work_wealth=-0.25,
    hours=0.10,
    work_area_sd=0.98,
    work_household_sd=0.75,
    chores=0.0,
    employment=(-0.1, 2.2),
    forced=-6.60,
    forced_male=-0.10,
    forced_area_sd=1.65,
    chains=(
        ("cotton", ChainProfile(urban=0.03, rural=0.42, regions=(1.5, 0.4, 1.1), households=0.45, hired=0.22,
                                forced=1.10, forced_male=-0.1)),
        ("garment", ChainProfile(urban=0.45, rural=0.16, regions=(0.8, 1.4, 0.8), households=0.25, hired=0.34,
                                 forced=0.85, forced_male=-0.5)),
    ),
)  # fmt: skip

XCC = CountryProfile(
    code="XCC",
    regions=("XCC Highlands", "XCC Lakes", "XCC Coast"),
    region_shares=(0.33, 0.31, 0.36),
    urban=0.52,
    children=2.4,
    urban_children=2.0,
    school=2.8,
    work=-4.72,
    work_male=0.50,
    work_producing=1.25,
    work_rural=0.50,
    work_wealth=-0.25,
    hours=0.0,
    work_area_sd=1.35,
    work_household_sd=0.75,
    chores=-0.10,
    employment=(0.4, 1.8),
    forced=-7.20,
    forced_male=0.30,
    forced_area_sd=1.65,
    chains=(
        ("mining", ChainProfile(urban=0.10, rural=0.32, regions=(1.9, 0.7, 0.4), households=0.38, hired=0.26,
                                forced=1.40, forced_male=0.4)),
        ("coffee", ChainProfile(urban=0.03, rural=0.36, regions=(1.6, 1.1, 0.3), households=0.42, hired=0.14,
                                forced=0.20, forced_male=0.1)),
        ("fishing", ChainProfile(urban=0.12, rural=0.24, regions=(0.1, 1.3, 1.6), households=0.32, hired=0.18,
                                 forced=1.30, forced_male=0.5)),
    ),
)  # fmt: skip

COUNTRIES = {profile.code: profile for profile in (XAA, XBB, XCC)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseProfile:
    """Chances that those selected answer.

    Attributes
    ----------
    household : float
        Of a rural household of the poorest quintile.
    urban, quintile : float
        What an urban area and each higher wealth quintile take off.
    child, worker : float
        Of a selected child or adult worker in a household that answers.
    """

    household: float = 0.975
    urban: float = 0.02
    quintile: float = 0.008
    child: float = 0.97
    worker: float = 0.96


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerNoise:
    """Shares of answers that are not substantive.

    Attributes
    ----------
    no_response : float
        No-response code (9, 99) of a yes/no question or code of a product.
    inconsistent, do_not_know, hours_no_response : float
        97, 98 and 99 in a question on hours.
    empty : float
        Cells that interviewers left empty, in questions on hours and codes of industry.
    forced_do_not_know, forced_refused : float
        8 and 9 in an item of the forced-labour module.
    two_digits : float
        Codes of industry in the labour-force file that were coded to two digits alone.
    """

    no_response: float = 0.003
    inconsistent: float = 0.001
    do_not_know: float = 0.003
    hours_no_response: float = 0.002
    empty: float = 0.001
    forced_do_not_know: float = 0.002
    forced_refused: float = 0.001
    two_digits: float = 0.01


RESPONSE = ResponseProfile()
NOISE = AnswerNoise()
