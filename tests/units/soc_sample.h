// A made-up SoC, small enough to work by hand. soc_bad.cpp counts on its lines.
#pragma once

inline constexpr char kSampleSoc[] = R"(title: Sample
board: none
sources:
  lab: {what: our bench, licence: none}
  book: {what: a book, licence: none}
base_power: {value: 1.5 W, source: lab, known: fitted}
memory:
  source: book
  known: published
  type: LPDDR
  peak: 10 GB/s
  shared: 8 GB/s
  size: 4 GiB
  energy: 50 pJ/B
domains:
  source: lab
  known: measured
  big:
    transition: 1 ms
    opps:
      - {frequency: 1 GHz, voltage: 0.8 V}
      - {frequency: 2 GHz, voltage: 1 V}
  little:
    transition: 1 ms
    opps: [{frequency: 500 MHz}, {frequency: 900 MHz}, {frequency: 1 GHz}]
  gpu:
    transition: 2 ms
    opps: [{frequency: 300 MHz}, {frequency: 600 MHz, source: book}]
clusters:
  source: book
  known: published
  big:
    core: A
    cores: 2
    domain: big
    caches: [{name: l2, size: 1 MiB, shared_by: 2}]
    per_core: {fp32: {macs_per_cycle: 4, efficiency: 50 %}}
    power: {static: 0.1 W, capacitance: 0.5 nF}
    capacity: 1024
  little:
    core: B
    cores: 4
    domain: little
    caches: []
    per_core: {fp32: {macs_per_cycle: 2, efficiency: 40 %}}
    power: {busy: [0.1 W, 0.15 W, 0.2 W]}
units:
  source: lab
  known: assumed
  big:
    letter: B
    kind: cpu
    cores: {big: 2}
    precision: fp32
    memory_bandwidth: 6 GB/s
    dispatch: 10 us
  all:
    kind: cpu
    cores: {big: 2, little: 1}
    precision: fp32
    memory_bandwidth: 7 GB/s
    dispatch: 10 us
  gpu:
    letter: G
    kind: gpu
    domain: gpu
    host: big
    throughput: {fp16: {macs_per_cycle: 64, efficiency: 25 %}}
    precision: fp16
    memory_bandwidth: 8 GB/s
    dispatch: 50 us
    unsupported: [deconv]
    power: {busy: [1 W, 2 W]}
links:
  - from: big
    to: gpu
    source: book
    known: fitted
    terms:
      - {transform: 0.2 ms, per_byte: 1 ns/B, on: from}
      - {map: 0.1 ms, on: to}
)";
