// The subcommands: what each is told, and the function that does it. Each throws InputError or
// UnsupportedError for wrong input; anything else is a failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "partitioners/partitioner.h"
#include "tools/partita/console.h"

namespace partita {

struct ListRequest {
  std::string what;
  std::vector<std::string> plugins;  ///< Shared libraries with partitioners.
  bool names = false;                ///< Nothing but names.
  std::vector<PartitionerInfo> own;  ///< Further partitioners, of the calling program.
  bool json = false;
};
void list(const ListRequest& request, const Console& console);

struct ShowRequest {
  std::string what, name;
  std::string compress;  ///< Of a model; empty: as it is.
  bool json = false;
};
void show(const ShowRequest& request, const Console& console);

struct ImportRequest {
  std::string file;
  std::string input;              ///< `1x3x352x352`; empty: as the file says.
  std::vector<std::string> dims;  ///< NAME=EXTENT of dynamic dimensions.
  std::string runtime, soc;       ///< Whose rules to apply; empty: none.
  std::string output;             ///< Empty: only report what was read.
  std::string compress;           ///< `prune:0.5,int8`; empty: as it is.
};
void import_network(const ImportRequest& request, const Console& console);

struct NewRequest {
  std::string what, name;
  std::string into;  ///< Folder; empty: this one.
};
void make_new(const NewRequest& request, const Console& console);

/// What run and compare have in common.
struct JobRequest {
  std::string soc, model, runtime;
  std::vector<std::string> dims;      ///< NAME=EXTENT of an .onnx file's dynamic dimensions.
  std::string remote, over;           ///< A second device and the link to it; empty: none.
  std::string remote_runtime;         ///< Of the second device.
  std::string bandwidth, round_trip;  ///< Instead of the link's; empty: as it says.
  std::string compress;               ///< `prune:0.5,int8`; empty: the network as it is.
  std::string objective = "latency";
  std::vector<std::string> clocks;   ///< "top", "all", or DOMAIN=FREQUENCY.
  std::vector<std::string> options;  ///< KEY=VALUE, for the partitioners that know the key.
  std::vector<std::string> changes;  ///< KEY=VALUE of an SoC that does not exist; none: as it is.
  std::string belief;                ///< Of every partitioner; empty: each its own.
  std::string memory_budget;         ///< `256 MiB`; empty: none.
  std::vector<std::string> plugins;  ///< Shared libraries with partitioners.
  std::vector<PartitionerInfo> own;  ///< Further partitioners, of the calling program.
  std::int64_t requests = 0;         ///< 0: as many as the objective needs.
  std::int64_t seed = 0;
  bool no_contention = false;
  bool json = false;
};

struct RunRequest : JobRequest {
  std::string partitioner;            ///< Or:
  std::string mapping;                ///< One unit letter per operator. Or:
  std::string plan;                   ///< A file as save_plan writes it.
  std::string off;                    ///< Comma-separated overheads.
  std::string trace, csv, save_plan;  ///< Files to write; empty: none.
  std::string report;                 ///< .html; empty: none.
};
void run(const RunRequest& request, const Console& console);

struct CompareRequest : JobRequest {
  std::string partitioners = "all";
  std::string report;     ///< .html, .csv or .json; empty: none.
  std::int64_t jobs = 0;  ///< Processes that several SoCs or networks are shared out to; 0: cores.
};
void compare(const CompareRequest& request, const Console& console);

struct LiveRequest : JobRequest {
  std::string workload;              ///< A name or file; or model alone: one stream of it.
  std::string scheduler;             ///< Empty: every stream follows its plan.
  std::string partitioner = "heft";  ///< Who makes the plans.
  std::string conditions;            ///< A name or file; empty: calm.
  std::string governors;             ///< Empty: as the conditions say, else performance.
  std::string recorded;              ///< A device's trace as conditions; empty: none.
  std::string workers;               ///< Units, comma-separated; empty: every one.
  std::string duration;              ///< Instead of the workload's.
  std::string sample;                ///< Time between samples.
  std::string off;                   ///< Comma-separated parts of the living phone.
  std::vector<std::string> set;      ///< KEY=VALUE of the scheduler.
  std::string trace, csv, samples;   ///< Files to write; empty: none.
  std::string report;                ///< .html; empty: none.
};
void live(const LiveRequest& request, const Console& console);

struct ExplainRequest : JobRequest {
  std::string partitioner;
  std::string against;  ///< A partitioner; "single" or empty: the best single unit.
  bool first = false;   ///< The first request after start-up.
};
void explain(const ExplainRequest& request, const Console& console);

struct FitRequest {
  std::string what, file;  ///< "contention" or "thermal" and its measurements; empty: a profile.
  std::string soc, runtime;
  std::vector<std::string> from;
  std::string check;   ///< File of rows to predict, not fitted to; empty: none.
  bool fresh = false;  ///< Without what traces/ holds of this SoC.
  std::string precision = "fp32";
  std::string unit, network;                                  ///< Empty: as the file says.
  std::string output;                                         ///< Folder; empty: only report.
  std::string device, version = "unknown", date = "unknown";  ///< For the profile's meta.yaml.
  bool json = false;
};
void fit(const FitRequest& request, const Console& console);

struct ValidateRequest {
  std::string suite, data;
  std::string report;  ///< .html; empty: none.
  bool json = false;
};
void validate(const ValidateRequest& request, const Console& console);

struct StudyRequest {
  std::vector<std::string> experiments;  ///< Names or files; "all" or none: every one.
  std::string report;                    ///< .html, .md, .json or .csv; empty: none.
  bool quick = false;
  bool json = false;
};
void study(const StudyRequest& request, const Console& console);

struct ServeRequest {
  std::string host = "127.0.0.1";
  std::int64_t port = 8080;               ///< 0: any that is free.
  std::vector<std::string> socs, models;  ///< Files beside the catalogue's.
  double seconds = 10;                    ///< For one answer.
};
void serve(const ServeRequest& request, const Console& console);

struct SweepRequest {
  std::string plan;       ///< A .yaml file.
  std::string database;   ///< Empty: beside nothing, the plan's name with .sqlite.
  std::string csv;        ///< File to write; empty: none.
  std::string report;     ///< .html; empty: none.
  std::string pareto;     ///< Figures, comma-separated; empty: no front.
  std::string by;         ///< The figure that decides; empty: the plan's objective.
  std::string scheduler;  ///< Of Dask, `tcp://HOST:PORT`; empty: this machine.
  std::vector<std::string> plugins;
  std::int64_t best = 5;
  std::int64_t jobs = 0;  ///< Processes; 0: cores.
  bool resume = false;
  bool json = false;
};
void sweep_plan(const SweepRequest& request, const Console& console);

struct BenchRequest {
  std::vector<std::string> plugins;
  std::vector<PartitionerInfo> own;
  bool json = false;
};
void bench(const BenchRequest& request, const Console& console);

}  // namespace partita
