// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/ablation.h"
#include "bench/burn.h"
#include "bench/compare.h"
#include "bench/diff.h"
#include "bench/load.h"
#include "bench/micro.h"
#include "bench/predict.h"
#include "bench/sample.h"
#include "bench/upstream.h"

#include <cstdio>
#include <cstring>

namespace {

/// `alias`: a former name, which scripts may still use.
struct Command {
    const char* name;
    const char* what;
    int (*run)(int argc, char** argv);
    const char* alias = nullptr;
};

constexpr Command kCommands[] = {
    {"load", "send requests to an engine and report how long they took", millrace::bench::loadMain},
    {"predict", "replay sequences of models through the loader's decision logic", millrace::bench::predictMain},
    {"ablation", "compare each optimisation, alone and combined, with a baseline", millrace::bench::ablationMain,
     "seed"},
    {"compare", "compare with other gateways and the direct call", millrace::bench::compareMain},
    {"diff", "put two results beside each other, and say what has become worse", millrace::bench::diffMain},
    {"micro", "microbenchmarks of single steps (Google Benchmark)", millrace::bench::microMain},
    {"upstream", "a server that computes nothing, to stand behind what is compared", millrace::bench::upstreamMain},
    {"burn", "use a share of one core, beside what is measured", millrace::bench::burnMain},
    {"sample", "a light sample load, until it is stopped", millrace::bench::sampleMain},
};

void usage(std::FILE* out)
{
    std::fputs("Usage: millrace-bench COMMAND [OPTION…]\n\n", out);
    for (const auto& command : kCommands) std::fprintf(out, "  %-10s %s\n", command.name, command.what);
    std::fputs("\n`millrace-bench COMMAND --help` shows the options of a command.\n", out);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2) {
        usage(stderr);
        return 2;
    }
    if (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0) {
        usage(stdout);
        return 0;
    }
    if (std::strcmp(argv[1], "--version") == 0) {
        std::puts("millrace-bench " MILLRACE_VERSION);
        return 0;
    }
    for (const auto& command : kCommands)
        if (std::strcmp(argv[1], command.name) == 0 || (command.alias && std::strcmp(argv[1], command.alias) == 0))
            return command.run(argc - 1, argv + 1);
    std::fprintf(stderr, "millrace-bench: no command '%s'\n", argv[1]);
    usage(stderr);
    return 2;
}
