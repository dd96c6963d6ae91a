// Is a wrong file one clear line with its place, and exit code 2?
#include <catch2/catch.hpp>
#include <filesystem>

#include "cli/command.h"
#include "units/soc_sample.h"

using partita::test::check_refused;
using partita::test::kTinyModel;
using partita::test::kTinyParam;
using partita::test::replaced;
using partita::test::scratch;
using partita::test::write;
namespace fs = std::filesystem;

namespace {

/// `from` replaced by `to` in a good file; `says` is what the one line holds.
struct Case {
  const char* from;
  const char* to;
  const char* says;
};

std::string fresh_folder(const std::string& name) {
  const std::string folder = scratch() + "/" + name;
  fs::create_directory(folder);
  return folder;
}

void check_all(const std::string& good, const std::string& file, const std::string& arguments,
               const std::vector<Case>& cases) {
  const std::string folder = fresh_folder("bad-" + file);
  for (const Case& c : cases) {
    write(folder + "/" + file, replaced(good, c.from, c.to));
    check_refused(arguments, c.says, folder);
  }
}

}  // namespace

TEST_CASE("wrong SoC descriptions") {
  check_all(
      kSampleSoc, "bad.yaml", "run --soc ./bad.yaml --model alexnet --partitioner single",
      {
          {"10 GB/s", "10 GiBps", "bad.yaml:11:9: memory.peak: unknown unit \"GiBps\""},
          {"10 GB/s", "10 ms", "memory.peak: "},
          {"10 GB/s", "10", "memory.peak: \"10\" has no unit; known: B/s, kB/s"},
          {"10 GB/s", ".nan GB/s", "bad.yaml:11:9: memory.peak: "},
          {"10 GB/s", "inf GB/s", "bad.yaml:11:9: memory.peak: "},
          {"4 GiB", "-4 GiB", "bad.yaml:13:9: memory.size: "},
          {"  peak:", "  peek:", "memory"},
          {"  peak: 10 GB/s", "  peak: 10 GB/s\n  peak: 10 GB/s", "bad.yaml:12:3: memory"},
          {"title: Sample\n", "title: Sample\ncolour: red\n", "unknown key \"colour\"; known: "},
          {"domain: big", "domain: huge",
           "bad.yaml:35:13: clusters.big.domain: unknown domain \"huge\"; known: big, little, gpu"},
          {"source: lab", "source: rumour", "rumour"},
          {"known: fitted", "known: perhaps", "known: measured, published, fitted, assumed"},
          {"kind: gpu", "kind: tpu",
           "units.gpu.kind: unknown kind \"tpu\" (did you mean \"cpu\"?); known: cpu, gpu, npu, "
           "dsp"},
          {"unsupported: [deconv]", "unsupported: [deconvolution]",
           "unknown operator kind \"deconvolution\"; known: input"},
          {"from: big", "from: gigantic",
           "links[0].from: unknown unit \"gigantic\"; known: big, all, gpu"},
          {"[{frequency: 500 MHz}", "[{frequency: 5 MHz", "bad.yaml:"},
          {"title: Sample", "title: [", "bad.yaml:"},
      });
}

TEST_CASE("wrong network files") {
  check_all(
      kTinyModel, "bad.yaml", "run --soc rk3399pro --model ./bad.yaml --partitioner single",
      {
          {"kind: conv", "kind: convolve",
           "bad.yaml:5:22: operators[1].kind: unknown kind \"convolve\"; known: input, constant, "
           "conv"},
          {"in: [data]", "in: [c2]", "cycle"},
          {"in: [c1]", "in: [r1]", "cycle"},
          {"in: [c1]", "in: [c9]", "c9"},
          {"name: r1", "name: c1", "bad.yaml:6:5: operators[2]: a second operator named \"c1\""},
          {"channels: 4", "channels: -4", "operators[1].channels: "},
          {"channels: 4", "channels: .nan", "operators[1].channels: "},
          {"channels: 4", "channels: 4.5", "operators[1].channels: "},
          {"channels: 4", "channels: 4, channels: 5", "channels"},
          {"channels: 4", "chanels: 4",
           "key \"channels\" is missing; present: name, kind, in, chanels"},
          {"1x3x8x8", "1x3x0x8", "operators[0].shape: "},
          {"1x3x8x8", "1x-3x8x8", "operators[0].shape: "},
          {"1x3x8x8", "1x3x2x2, function: none", "function"},
          {"kernel: 3, pad: 1", "kernel: 30, pad: 1", "bad.yaml:5"},
          {"operators:", "operator:",
           "key \"operators\" is missing; present: network, source, operator"},
          {"network: tiny", "network: tiny\nnetwork: tiny", "network"},
          {"in: [r1]", "in: r1", "operators[3].in: "},
          {"operators:", "operators: [", "bad.yaml:"},
      });
}

TEST_CASE("wrong .param files") {
  check_all(
      kTinyParam, "bad.param", "import bad.param --output out.yaml",
      {
          {"7767517\n", "7767518\n", "bad.param:1"},
          {"7767517\n3 3\n", "7767517\n", "bad.param:2"},
          {"3 3\n", "4 3\n", "bad.param"},
          {"3 3\n", "3 4\n", "bad.param"},
          {"3 3\n", "-3 3\n", "bad.param:2"},
          {"3 3\n", "999999999 3\n", "bad.param"},
          {"Softmax      prob  1 1 c1 prob  0=0\n", "", "bad.param"},
          {"Softmax      prob  1 1 c1 prob  0=0", "Softmax      prob  1 1 c1", "bad.param:5"},
          {"Convolution ", "Konvolution ", "unknown layer type \"Konvolution\""},
          {"1 1 data c1", "1 1 dato c1", "dato"},
          {"1 1 data c1", "1 1 prob c1", "reads tensor \"prob\", which no layer before it makes"},
          {"0=4 1=3", "0=four 1=3", "bad.param:4"},
          {"0=4 1=3", "0=-4 1=3", "bad.param:4"},
          {"0=4 1=3", "0=4 0=5 1=3", "bad.param:4"},
          {"6=108", "6=109", "bad.param:4"},
          {"0=8 1=8 2=3", "", "--input"},
          {"Convolution  c1 ", "Convolution  data ", "data"},
      });
}

TEST_CASE("files that are no text at all") {
  const std::string folder = fresh_folder("binary");
  write(folder + "/bad.yaml", std::string("\x7f"
                                          "ELF\0\1\2",
                                          7));
  write(folder + "/empty.yaml", "");
  write(folder + "/bad.param", std::string("\0\0\0", 3));
  write(folder + "/deep.yaml", std::string(100'000, '['));
  check_refused("show soc ./bad.yaml", "bad.yaml", folder);
  check_refused("show model ./bad.yaml", "bad.yaml", folder);
  check_refused("show soc ./empty.yaml", "empty.yaml", folder);
  check_refused("show model ./empty.yaml", "empty.yaml", folder);
  check_refused("import bad.param", "bad.param", folder);
  check_refused("show soc ./deep.yaml", "deep.yaml", folder);
}

TEST_CASE("wrong tables in a profile folder") {
  const std::string root = fresh_folder("data");
  const fs::path source = fs::path(PARTITA_ROOT) / "traces/rk3399pro";
  const fs::path good = *std::find_if(fs::directory_iterator(source), fs::directory_iterator(),
                                      [](const auto& entry) { return entry.is_directory(); });
  fs::create_directory_symlink(fs::path(PARTITA_ROOT) / "socs", root + "/socs");
  fs::create_directory_symlink(fs::path(PARTITA_ROOT) / "models", root + "/models");
  const std::string folder = root + "/traces/rk3399pro/" + good.filename().string();
  fs::create_directories(folder);
  fs::copy(good, folder);
  const std::string layers = partita::test::read(folder + "/layers.csv");
  const std::string first_row = layers.substr(0, layers.find('\n', layers.find('\n') + 1) + 1);
  const std::string header = layers.substr(0, layers.find('\n'));
  const auto with_header = [&](const char* from, const char* to) {
    return replaced(header, from, to) + layers.substr(header.size());
  };
  const auto refused = [&](const std::string& text, const std::string& says) {
    write(folder + "/layers.csv", text);
    check_refused("run --soc rk3399pro --model alexnet-armcl --partitioner single", says, folder,
                  "PARTITA_DATA='" + root + "'");
  };
  refused("", "layers.csv");
  refused(with_header("unit", "device"), "layers.csv");
  refused(with_header("time_ms", "unit"), "layers.csv:1");
  refused(first_row + "a,b\n", "layers.csv:3");
  refused(replaced(layers, "cpu-big", "cpu-huge"), "layers.csv:2");
  refused(replaced(layers, ",408,", ",409,"), "layers.csv:2");
  const auto numbers = first_row.find("408,");
  REQUIRE(numbers != std::string::npos);
  std::string nan = layers;
  const std::size_t last_comma = nan.rfind(',', first_row.size() - 1);
  refused(nan.replace(last_comma + 1, first_row.size() - last_comma - 2, "nan"), "layers.csv:2");
  write(folder + "/layers.csv", layers);
  fs::rename(root + "/traces/rk3399pro/" + good.filename().string(),
             root + "/traces/rk3399pro/nodash");
  check_refused("list runtimes", "a profile folder is named <runtime>-<precision>", root,
                "PARTITA_DATA='" + root + "'");
}
