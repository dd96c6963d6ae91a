// A thermal section for the sample SoC (soc_sample.h), small enough to work by hand.
#pragma once

#include <string>

#include "units/soc_sample.h"

inline constexpr char kSampleThermal[] = R"(thermal:
  source: lab
  known: fitted
  ambient: 25 C
  nodes:
    chip:
      capacity: 2 J/K
      heated_by: [big, little, gpu]
      to: {skin: 4 K/W}
      leakage: {slope: 10 mW/K, above: 30 C}
    skin:
      capacity: 50 J/K
      heated_by: [memory, base]
      to: {ambient: 8 K/W}
  zones:
    cpu:
      node: chip
      polling: 1 s
      passive: 100 ms
      policy: step_wise
      trips:
        warm: {temperature: 70 C, hysteresis: 2 K, kind: passive}
        hot: {temperature: 80 C, hysteresis: 2 K, kind: passive}
        off: {temperature: 110 C, hysteresis: 0 K, kind: critical}
      cooling:
        - {trip: warm, domain: little}
        - {trip: hot, domain: big, least: 1, most: 1}
    skin:
      node: skin
      polling: 0 s
      passive: 200 ms
      policy: power_allocator
      trips:
        on: {temperature: 36 C, hysteresis: 1 K, kind: passive}
        keep: {temperature: 40 C, hysteresis: 1 K, kind: passive}
      cooling:
        - {trip: keep, domain: big}
        - {trip: keep, domain: gpu}
      allocator:
        sustainable: 2 W
        switch_on: on
        control: keep
        k_po: 500 mW/K
        k_pu: 200 mW/K
        k_i: 50 mW/K/s
        integral_cutoff: 10 K
)";

inline std::string sample_with_heat() {
  std::string text(kSampleSoc);
  text += kSampleThermal;
  return text;
}
