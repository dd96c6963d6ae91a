// Options of the commands, by theme. Internal to arguments*.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <span>
#include <string>
#include <vector>

#include "partitioners/options.h"
#include "tools/partita/commands.h"

namespace partita {

/// Handed from the options to the chosen command.
struct Requests {
  ListRequest list;
  ShowRequest show;
  ImportRequest import;
  RunRequest run;
  CompareRequest compare;
  LiveRequest live;
  ExplainRequest explain;
  FitRequest fit;
  ValidateRequest validate;
  StudyRequest study;
  SweepRequest sweep;
  BenchRequest bench;
  ServeRequest serve;
  NewRequest make;
};

/// A repeatable option of one value each.
void repeatable(CLI::App& app, const char* name, std::vector<std::string>& values, const char* help,
                const char* type);

void add_json(CLI::App& app, bool& json);

void add_plugins(CLI::App& app, std::vector<std::string>& plugins);

void add_dims(CLI::App& app, std::vector<std::string>& dims);
void add_compress(CLI::App& app, std::string& list);
void add_changes(CLI::App& app, std::vector<std::string>& changes);
/// A second device and the link to it.
void add_remote_options(CLI::App& app, JobRequest& job);
/// What the footers list, from the tables: the manual page has them once.
/// A line or more each.
std::string options_help(std::span<const OptionInfo> options);
std::string partitioner_help();
std::string overhead_help();
std::string scheduler_help();
/// What a job is, for run, compare and explain.
void add_job_options(CLI::App& app, JobRequest& job);
/// run, compare and explain are in arguments_jobs.cpp, live and replay in arguments_live.cpp.
void add_jobs(CLI::App& app, Requests& requests);
void add_live(CLI::App& app, Requests& requests);
void add_explain(CLI::App& app, Requests& requests);
void add_sweep(CLI::App& app, Requests& requests);
/// Every command.
void add_all(CLI::App& app, Requests& requests);

}  // namespace partita
