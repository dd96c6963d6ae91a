// Is a wrong argument one clear line, with the known choices, and exit code 2?
#include <catch2/catch.hpp>
#include <filesystem>

#include "cli/command.h"

using partita::test::check_refused;
using partita::test::kTinyParam;
using partita::test::scratch;
using partita::test::write;

namespace {

struct Case {
  const char* arguments;
  const char* says;
};

void check_all(const std::vector<Case>& cases) {
  const std::string folder = scratch() + "/arguments";
  std::filesystem::create_directory(folder);
  write(folder + "/tiny.param", kTinyParam);
  for (const Case& c : cases) check_refused(c.arguments, c.says, folder);
}

#define JOB "--soc rk3399pro --model alexnet "
#define LAYERS "--soc rk3399pro --model alexnet-armcl --runtime roofline "

}  // namespace

TEST_CASE("wrong commands and options") {
  check_all({
      {"lsit", "unknown command \"lsit\" (did you mean \"list\"?); known: run, compare, list"},
      {"simulate", "unknown command \"simulate\"; known: run, compare"},
      {"--bogus", "--bogus"},
      {"run", "--soc is required; see `partita run --help`"},
      {"run --soc rk3399pro", "--model is required"},
      {"run " JOB "--partitioner heft --bogus 3",
       "unknown option \"--bogus\"; known: --help, --soc"},
      {"run " JOB "--partitoner heft",
       "unknown option \"--partitoner\" (did you mean \"--partitioner\"?)"},
      {"run --soc", "--soc: 1 required"},
      {"list", "what is required"},
      {"list socs models", "one argument too many: \"models\""},
      {"list soc",
       "unknown kind \"soc\" (did you mean \"socs\"?); known: socs, links, models, runtimes, "
       "partitioners, beliefs, compressions, workloads"},
      {"show socs rk3399pro",
       "unknown kind \"socs\" (did you mean \"soc\"?); known: soc, link, model, runtime"},
      {"show soc", "name is required"},
      {"validate", "suite is required"},
      {"bench --fast", "unknown option \"--fast\""},
  });
}

TEST_CASE("unknown names list the known ones") {
  check_all({
      {"run --soc phone --model alexnet --partitioner heft",
       "unknown SoC \"phone\"; known: allwinner-h616, allwinner-t527, amlogic-a311d, apple-a10, "
       "apple-a12, apple-a7, apple-m1, apple-m3, bcm2710, bcm2837, cix-cd8180, dimensity-9300, "
       "edge-desktop, edge-server, exynos-9820, helio-p35, jetson-agx-orin, jetson-agx-xavier, "
       "jetson-nano, jetson-orin-nano, jetson-tx2, kirin-970, kirin-990, qrb2210, ... ("},
      {"run --soc snapdragon-866 --model alexnet --partitioner heft",
       "(did you mean \"snapdragon-865\"?)"},
      {"run --soc rk3399pro --model alexnut --partitioner heft",
       "models: unknown model \"alexnut\" (did you mean \"alexnet\"?); known: alexnet, "},
      {"run --soc rk3399pro --model alexnet+alexnut --partitioner heft",
       "models: unknown model \"alexnut\" (did you mean \"alexnet\"?)"},
      {"run --soc rk3399pro --model alexnet+ --partitioner heft",
       "model \"alexnet+\": several networks at once are NAME+NAME"},
      {"run --soc rk3399pro --model alexnet --partitioner hax-conn",
       "hax-conn: needs two networks or more: --model a+b"},
      {"show soc phone", "unknown SoC \"phone\"; known: allwinner-h616, "},
      {"show model phone", "unknown model \"phone\"; known: "},
      {"show model resnet18_wd3", "did you mean \"resnet18_w"},
      {"show model resnet18_wd3", " more: partita list models)"},
      {"run " JOB "--partitioner hefty",
       "unknown partitioner \"hefty\" (did you mean \"heft\"?); known: single"},
      {"compare " JOB "--partitioners heft,magic", "unknown partitioner \"magic\"; known: single"},
      {"compare " JOB "--partitioners heft,", "unknown partitioner \"\"; known: single"},
      {"run " JOB "--partitioner heft --objective speed",
       "--objective: unknown objective \"speed\"; known: latency, energy, edp, throughput"},
      {"run " JOB "--partitioner heft --runtime tensorrt",
       "--runtime: unknown runtime for rk3399pro \"tensorrt\"; known: "},
      {"run " JOB "--partitioner heft --runtime rooflin", "did you mean \"roofline\"?"},
      {"validate accuracy", "unknown suite \"accuracy\"; known: rk3399pro-mappings"},
      {"run " JOB "--partitioner heft --off transform,magic",
       "--off: unknown overhead \"magic\"; known: transform, map, sync, copy, cast, unmap, "
       "arrival, spread, dispatch, halo, unfused, input, dvfs, contention, compile, planning"},
  });
}

TEST_CASE("files that are not there or cannot be made") {
  check_all({
      {"run --soc ./none.yaml --model alexnet --partitioner heft", "./none.yaml: no such file"},
      {"run --soc rk3399pro --model none.param --partitioner heft", "none.param: no such file"},
      {"run --soc . --model alexnet --partitioner heft", "unknown SoC \".\""},
      {"run --soc ./ --model alexnet --partitioner heft", "./: "},
      {"import none.param", "none.param: "},
      {"import tiny.pb",
       "unknown kind of network file \".pb\"; known: .onnx, .param, .tflite, .yaml"},
      {"import tiny", "unknown kind of network file \"\"; known: .onnx, .param"},
      {"import tiny.param --output nowhere/tiny.yaml", "nowhere/tiny.yaml"},
      {"import tiny.param --output .", "."},
      {"run " JOB "--partitioner greedy --trace nowhere/trace.json", "nowhere/trace.json"},
      {"run " JOB "--partitioner greedy --csv nowhere/tasks.csv", "nowhere/tasks.csv"},
      {"compare " JOB "--partitioners greedy --report nowhere/c.csv", "nowhere/c.csv"},
      {"compare " JOB "--report c.txt",
       "unknown report format \".txt\"; known: .html, .csv, .json"},
      {"compare " JOB "--report c", "unknown report format \"\"; known: .html, .csv, .json"},
      {"run " JOB "--partitioner greedy --report r.csv", "report format \".csv\"; known: .html"},
      {"validate contention --report v.json", "report format \".json\"; known: .html"},
      {"live --soc snapdragon-855 --workload camera --report l.md", "\".md\"; known: .html"},
      {"validate rk3399pro-mappings --data nowhere", "nowhere"},
  });
}

TEST_CASE("the data root must be one") {
  const std::string folder = scratch() + "/root";
  std::filesystem::create_directory(folder);
  check_refused("list socs", "it has no folder socs/", folder, "PARTITA_DATA=.");
  check_refused("list models", "it has no folder socs/", folder, "PARTITA_DATA=/nowhere");
}

TEST_CASE("wrong values of options") {
  check_all({
      {"import tiny.param --input 1x3x", "--input: \"1x3x\" is not a shape"},
      {"import tiny.param --input 3x16x16", "has 3 extents; a network's input has 4"},
      {"import tiny.param --input 1x3x-16x16", "is not a shape"},
      {"import tiny.param --input 1x3x0x16", "is not a shape"},
      {"import tiny.param --input 1x3x16x16.5", "is not a shape"},
      {"import tiny.param --input 1x3x99999999999999999999x16", "is not a shape"},
      {"run " JOB, "give one of --partitioner NAME, --mapping LETTERS, --plan FILE"},
      {"run " JOB "--partitioner heft --mapping GG", "give one of --partitioner NAME"},
      {"run " LAYERS "--mapping GGLL",
       "--mapping: 4 letters for the 14 operators of alexnet-armcl"},
      {"run " LAYERS "--mapping GGLLGGLLGGLLGGLLGGLL", "20 letters for the 14 operators"},
      {"run " LAYERS "--mapping GGLLGGXLGGLLGG",
       "--mapping: letter 7: unknown unit letter \"X\"; known: B (cpu-big), L (cpu-little)"},
      {"run " LAYERS "--mapping ggllggllggllgg", "letter 1: unknown unit letter \"g\""},
      {"run " LAYERS "--mapping NNNNNNNNNNNNNN", "npu cannot run normalization"},
      {"run " LAYERS "--mapping GGLLGGLLGGLLGG --option a=1", "a given plan uses none"},
      {"run " JOB "--partitioner exhaustive --option max_plans",
       "--option: \"max_plans\" is not KEY=VALUE"},
      {"run " JOB "--partitioner exhaustive --option =3", "is not KEY=VALUE"},
      {"run " JOB "--partitioner exhaustive --option max_plans=many", "--option max_plans: "},
      {"run " JOB "--partitioner exhaustive --option max_plans=nan", "--option max_plans: "},
      {"run " JOB "--partitioner exhaustive --option max_plans=0", "is outside 1 to"},
      {"run " JOB "--partitioner exhaustive --option max_plan=3",
       "unknown option \"max_plan\" (did you mean \"max_plans\"?)"},
      {"run " JOB "--partitioner exhaustive --option max_plans=3 --option max_plans=4",
       "given twice"},
      {"run " JOB "--partitioner greedy --option speed=3",
       "unknown option \"speed\"; it has no options"},
      {"compare " JOB "--option speed=3",
       "unknown option of these partitioners \"speed\"; known: "},
      {"run " JOB "--partitioner heft --objective energy",
       "cannot optimise energy; it optimises: latency"},
      {"run " JOB "--partitioner heft --opp fast",
       "--opp: unknown clock \"fast\"; known: top, all, big=FREQUENCY"},
      {"run " JOB "--partitioner heft --opp huge=1GHz",
       "--opp: unknown clock \"huge=1GHz\"; known: top, all"},
      {"run " JOB "--partitioner heft --opp big=1.3GHz",
       "--opp big: unknown clock of big \"1.3GHz\"; known: 408MHz"},
      {"run " JOB "--partitioner heft --opp big=1800", "--opp big: "},
      {"run " JOB "--partitioner heft --opp big=-1GHz", "--opp big: "},
      {"run " JOB "--partitioner heft --requests 0", "--requests"},
      {"run " JOB "--partitioner heft --requests 1e9", "--requests"},
      {"run " JOB "--partitioner heft --requests many", "--requests"},
      {"run " JOB "--partitioner heft --seed -1", "--seed"},
  });
}

TEST_CASE("a remote device needs its network, and both must exist") {
#define REMOTE "run " JOB "--partitioner heft "
  check_all({
      {REMOTE "--remote edge-desktop",
       "--remote edge-desktop: over which network? --over LINK, one of: 3g, 5g, ethernet, lte"},
      {REMOTE "--over lte", "--over lte: to which device? --remote SOC"},
      {REMOTE "--remote edge-desktop --over wifi-7",
       "unknown link \"wifi-7\" (did you mean \"wifi-4\"?); known: 3g, 5g, ethernet, lte"},
      {REMOTE "--remote edge-desktop --over nowhere.yaml", "nowhere.yaml: no such file"},
      {REMOTE "--remote edge-dekstop --over lte",
       "unknown SoC \"edge-dekstop\" (did you mean \"edge-desktop\"?)"},
      {REMOTE "--bandwidth 10MB/s", "--bandwidth: needs --remote and --over"},
      {REMOTE "--round-trip 10ms", "--round-trip: needs --remote and --over"},
      {REMOTE "--remote-runtime roofline", "--remote-runtime: needs --remote and --over"},
      {REMOTE "--remote edge-desktop --over lte --bandwidth 10",
       "--bandwidth: \"10\" has no unit; known: B/s"},
      {REMOTE "--remote edge-desktop --over lte --bandwidth 10Mbps",
       "--bandwidth: unknown unit \"Mbps\""},
      {REMOTE "--remote edge-desktop --over lte --bandwidth 0MB/s",
       "--bandwidth: must be greater than zero"},
      {REMOTE "--remote edge-desktop --over lte --round-trip -3ms", "--round-trip: "},
      {REMOTE "--remote edge-desktop --over lte --remote-runtime armcl-lwga",
       "--remote-runtime: unknown runtime for edge-desktop \"armcl-lwga\""},
      {REMOTE "--remote edge-desktop --over lte --opp lte=1GHz",
       "--opp: unknown clock \"lte=1GHz\"; known: top, all, big=FREQUENCY"},
      {"run " LAYERS "--remote edge-desktop --over lte --mapping GGLLGGLLGGLLGG",
       "14 letters for the 16 operators"},
      {"run " LAYERS "--remote edge-desktop --over lte --mapping gGGLLGGLLGGLLGGB",
       "cannot run split"},
      {"show link wifi-7", "unknown link \"wifi-7\""},
  });
#undef REMOTE
}
