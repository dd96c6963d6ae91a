// Do the scripts in tools/ make what they say they make?
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/command.h"

using partita::test::read;
using partita::test::scratch;
using partita::test::write;

namespace {

/// Exit code of `python3 tools/<arguments>`; output and errors go to a file of the scratch folder.
int script(const std::string& arguments) {
  const std::string command = "cd " + scratch() + " && python3 " + PARTITA_ROOT + "/tools/" +
                              arguments + " >script.log 2>&1";
  return std::system(command.c_str()) >> 8;
}

}  // namespace

TEST_CASE("the importer turns raw tables into ours") {
  write(scratch() + "/Layers.csv",
        "Graph,Component,Freq,Freq_Host,Layer,Metric,Time,Power\n"
        "alex,B,7,-1,0,in,14.5,3083.5\n"
        "alex,G,4,7,1,task,9.25,5000\n"
        "MobileV1,N,0,0,3,NPU_load,28.9926,\n"
        ",,,,,,,\n");
  write(scratch() + "/Transfers.csv",
        "Graph,Layer,Dest,Src,Time\nalex,1,B,G,1.5\nalex,1,B,G,0.5\nalex,1,B,G,0.75\n");
  REQUIRE(
      script("import_rk3399pro.py --layers Layers.csv --transfers Transfers.csv --output out") ==
      0);
  CHECK(read(scratch() + "/out/layers.csv") ==
        "network,layer,phase,unit,opp_mhz,host_mhz,time_ms,power_w\n"
        "alexnet,0,input,cpu-big,1800,,14.5,3.0835\n"
        "alexnet,1,task,gpu,800,1800,9.25,5\n"
        "mobilenet,3,load,npu,,408,28.9926,\n");
  CHECK(read(scratch() + "/out/transfers.csv") ==
        "network,layer,from,to,time_ms,samples\nalexnet,1,gpu,cpu-big,0.75,3\n");
  REQUIRE(script("import_rk3399pro.py --transfers Transfers.csv --sender-layers --output out") ==
          0);
  CHECK(read(scratch() + "/out/transfers.csv").find("alexnet,2,gpu,cpu-big,0.75,3") !=
        std::string::npos);
}

TEST_CASE("the importer mends an outlier among the clock steps by the stated rule, and says so") {
  std::string raw = "Num_iterations,PE,Freq,NextFreq,T1,T2,T3,T4,T5,T6,T7,T8,T9,T10,AVG\n";
  const auto step = [&](int to, int ns) {
    raw += "256,Little,0,";
    raw += std::to_string(to);
    for (int i = 0; i < 11; ++i) raw.append(",").append(std::to_string(ns));
    raw += "\n";
  };
  step(1, 300000);
  step(2, 4400000);  // More than twice both neighbours.
  step(3, 1800000);
  write(scratch() + "/steps.csv", raw);
  REQUIRE(script("import_rk3399pro.py --clock-steps steps.csv --output out") == 0);
  CHECK(read(scratch() + "/out/clock_steps.csv") ==
        "clock,from_mhz,to_mhz,delay_us\nlittle,408,600,300\nlittle,408,816,1800\nlittle,408,1008,"
        "1800\n");
  CHECK(read(scratch() + "/script.log").find("mended to 1800") != std::string::npos);
}

TEST_CASE("the importer names an unknown network and its line") {
  write(scratch() + "/bad.csv", "Graph,Layer,Dest,Src,Time\nvgg,1,B,G,1.5\n");
  CHECK(script("import_rk3399pro.py --transfers bad.csv --output out") == 1);
  CHECK(read(scratch() + "/script.log").find("bad.csv:2: unknown network \"vgg\"; known: alex") !=
        std::string::npos);
}

TEST_CASE("measured mappings come through the importer as the suite stores them") {
  write(scratch() + "/raw.csv",
        "graph,order,freq,total_time,total_e,Predicted_Time,Predicted_Energy\n"
        "alex,GLN,\"((3, 4), (1,), (7,))\",218.04,943.1,208.18,892.1\n"
        "alex,BBB,\"(('min',),)\",,,1,1\n");
  REQUIRE(script("import_rk3399pro.py --mappings raw.csv --output cases.csv") == 0);
  CHECK(read(scratch() + "/cases.csv") ==
        "network,units,clocks_mhz,time_ms,energy_mj,published_time_ms,published_energy_mj\n"
        "alexnet,GLN,600/1200 600 1800,218.04,943.1,208.18,892.1\n"
        "alexnet,BBB,408 408 408,,,1,1\n");
}

TEST_CASE("the board's networks are what their generator writes") {
  std::filesystem::create_directories(scratch() + "/models");
  REQUIRE(script("make_board_models.py models") == 0);
  int compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scratch() + "/models")) {
    const std::string name = entry.path().filename().string();
    INFO(name);
    CHECK(read(entry.path().string()) == read(std::string(PARTITA_ROOT) + "/models/" + name));
    ++compared;
  }
  CHECK(compared == 7);
}
