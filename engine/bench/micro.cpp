// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/micro.h"

#include "bench/micro/suites.h"

#include <CLI/CLI.hpp>

#include <benchmark/benchmark.h>
#include <cstdio>
#include <fstream>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace millrace::bench {

namespace {

bool isRegex(const std::string& text)
{
    try {
        const std::regex tried(text, std::regex::extended);
        return true;
    } catch (const std::regex_error&) {
        return false;
    }
}

/// Google Benchmark takes its settings from a command line only, and keeps the program's name of it.
void initialise(std::vector<std::string> options)
{
    static std::vector<std::string> words;
    words = std::move(options);
    words.insert(words.begin(), "millrace-bench micro");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    int argc = static_cast<int>(argv.size());
    benchmark::Initialize(&argc, argv.data());
}

}  // namespace

int microMain(int argc, char** argv)
{
    CLI::App app("Measures single steps of the engine's pure cores; no server, no sockets.", "millrace-bench micro");
    std::string filter = ".";
    std::string jsonFile;
    double minTime = 0.2;
    bool list = false;
    app.add_option("--filter", filter, "only those whose name matches this regular expression")->capture_default_str();
    app.add_option("--json", jsonFile, "write the figures to this file, too");
    app.add_option("--min-time", minTime, "seconds that each is repeated for at least")
        ->capture_default_str()
        ->check(CLI::Range(0.001, 3600.0));
    app.add_flag("--list", list, "print the names and stop");
    CLI11_PARSE(app, argc, argv);
    if (!isRegex(filter)) {
        std::fprintf(stderr, "millrace-bench micro: '%s' is not a regular expression\n", filter.c_str());
        return 2;
    }
    if (!jsonFile.empty() && !std::ofstream(jsonFile)) {
        std::fprintf(stderr, "millrace-bench micro: cannot write %s\n", jsonFile.c_str());
        return 1;
    }

    micro::addBase();
    micro::addFront();
    micro::addPool();
    micro::addBatch();
    micro::addStream();
    micro::addLoad();
    std::vector<std::string> options{"--benchmark_filter=" + filter, "--benchmark_min_time=" + std::to_string(minTime)};
    if (list) options.emplace_back("--benchmark_list_tests=true");
    if (!list && !jsonFile.empty()) {
        options.push_back("--benchmark_out=" + jsonFile);
        options.emplace_back("--benchmark_out_format=json");
    }
    initialise(std::move(options));
    const bool any = benchmark::RunSpecifiedBenchmarks() > 0;
    benchmark::Shutdown();
    return any ? 0 : 1;
}

}  // namespace millrace::bench
