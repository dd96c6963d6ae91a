// A made-up SoC, small enough to work by hand. Its lines are counted in soc_bad.cpp.
#pragma once

inline constexpr char kSampleSoc[] = R"(title: Sample
board: none
sources: {lab: {what: our bench, licence: none}, book: {what: a book, licence: none}}
{top}
base_power: 1.5 W
memory: {type: T, peak: 10 GB/s, shared: 8 GB/s, size: 4 GiB, energy: 50 pJ/B}
)";
