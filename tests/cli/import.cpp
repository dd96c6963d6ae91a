// Does the command read ONNX and TFLite files wherever it takes a network?
#include <catch2/catch.hpp>

#include <filesystem>

#include "cli/good.h"

using partita::test::check_refused;
using partita::test::good;
using partita::test::has;
using partita::test::read;
using partita::test::run_partita;
using partita::test::scratch;
using partita::test::write;
namespace fs = std::filesystem;

namespace {

/// A folder with the example files; empty where this build does not read them.
std::string examples(const std::string& name) {
  if (has(run_partita("import --help").out, "not in this build")) {
    WARN("this build reads neither ONNX nor TFLite");
    return "";
  }
  const std::string folder = scratch() + "/" + name;
  fs::create_directory(folder);
  for (const char* file : {"block.onnx", "block-int8.tflite"})
    fs::copy_file(fs::path(PARTITA_ROOT) / "docs/examples" / file, fs::path(folder) / file);
  return folder;
}

/// Lines and gaps as single spaces.
std::string unwrapped(const std::string& text) {
  std::string line;
  for (const char c : text)
    if (c != ' ' && c != '\n')
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  return line;
}

}  // namespace

TEST_CASE("import says what it joined and what runs where, and writes what reads back") {
  const std::string folder = examples("import-onnx");
  if (folder.empty()) return;
  const std::string text = good(
      "import block.onnx --dim batch=2 --runtime tflite --soc snapdragon-855 --output block.yaml",
      folder);
  CHECK(has(text, "read as ONNX, opset 13"));
  CHECK(has(text, "1 hard-swish of hard-sigmoid and product: stem-swish"));
  CHECK(has(text, "tflite on cpu (XNNPACK): 9 kernels"));
  CHECK(has(text, "snapdragon-855 gpu: runs every operator"));
  // Twice: stem 112 x 112 x 16 x 27, depthwise x 9, projection x 16; classes 16 x 10.
  const auto model =
      nlohmann::json::parse(run_partita("show model ./block.yaml --json", folder).out);
  CHECK(model["macs"] == 2 * (112 * 112 * 16 * (27 + 9 + 16) + 160));
  good("import block.yaml --output again.yaml", folder);
  CHECK(read(folder + "/block.yaml") == read(folder + "/again.yaml"));
}

TEST_CASE("a TFLite file is a model to every command, and what a unit refuses is named") {
  const std::string folder = examples("import-tflite");
  if (folder.empty()) return;
  CHECK(has(good("run --soc snapdragon-855 --model block-int8.tflite --partitioner heft", folder),
            "block-int8"));
  CHECK(has(good("show model ./block-int8.tflite", folder), "depthwise_conv"));
  const std::string text = good("import block-int8.tflite --runtime tflite --soc rk3588", folder);
  CHECK(has(text, "4 operators with weights of 8 bits"));
  const std::string refused = unwrapped(good("import block-int8.tflite --runtime tflite", folder));
  CHECK(has(refused,
            "tflite on dsp (Hexagon delegate): 8 kernels, nothing fused; unsupported, falls back "
            "to the CPU: reduction 1: m"));
}

TEST_CASE("files of other tools that cannot be read are one line") {
  const std::string folder = examples("import-bad");
  if (folder.empty()) return;
  check_refused("run --soc rk3588 --model block.onnx --partitioner heft",
                "block.onnx: input \"image\" is batchx3x224x224; say how large \"batch\" is: "
                "--dim batch=1",
                folder);
  check_refused("run --soc rk3588 --model alexnet --dim batch=1 --partitioner heft",
                "--dim: only for .onnx files, and alexnet is none", folder);
  check_refused("import block.onnx --dim bach=1", "unknown dynamic dimension \"bach\"", folder);
  check_refused("import block.onnx --dim batch", "--dim: \"batch\" is not NAME=EXTENT", folder);
  check_refused("import block.onnx --dim batch=0", "an extent from 1 to 1000000", folder);
  check_refused("import block.onnx --dim batch=1 --dim batch=2", "given twice", folder);
  check_refused("import block.onnx --input 1x3x8x8", "an .onnx has --dim", folder);
  check_refused("import block-int8.tflite --dim batch=1", "only for .onnx files", folder);
  check_refused("import block-int8.tflite --runtime tflight", "unknown runtime \"tflight\"",
                folder);
  check_refused("import none.onnx", "none.onnx: ", folder);
  const std::string onnx = read(folder + "/block.onnx"),
                    tflite = read(folder + "/block-int8.tflite");
  write(folder + "/cut.onnx", onnx.substr(0, onnx.size() / 2));
  write(folder + "/cut.tflite", tflite.substr(0, tflite.size() / 2));
  write(folder + "/text.onnx", "this is no network");
  write(folder + "/empty.tflite", "");
  check_refused("import cut.onnx --dim batch=1", "cut.onnx: ", folder);
  check_refused("import cut.tflite", "cut.tflite: the file is cut off or damaged", folder);
  check_refused("import text.onnx", "text.onnx: ", folder);
  check_refused("import empty.tflite", "empty.tflite: not a TFLite file", folder);
  check_refused("import .onnx", "kind of network file \"\"", folder);
}
