// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/diff.h"

#include "bench/baseline.h"
#include "bench/markdown_table.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_format.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

namespace millrace::bench {

namespace {

StatusOr<std::map<std::string, double>> readFigures(const std::string& path)
{
    errno = 0;
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file.is_open() || file.bad()) return notFound(path + ": " + std::strerror(errno));
    auto figures = figuresOf(text);
    if (!figures.ok()) return invalidArgument(path + ": " + millrace::text(figures.status()));
    return figures;
}

}  // namespace

int diffMain(int argc, char** argv)
{
    CLI::App app(
        "Puts two results (--json of ablation, compare or micro) beside each other, such as a kept baseline and\n"
        "one of now, and says which figures have become worse.",
        "millrace-bench diff");
    std::string before, after, peer;
    double tolerance = 10;
    bool all = false;
    app.add_option("before", before, "result to compare with")->required();
    app.add_option("after", after, "result that is judged")->required();
    app.add_option("--relative-to", peer, "results of compare: as multiples of this peer's figures, for two machines");
    app.add_option("--tolerance", tolerance, "percent that count as noise")
        ->check(CLI::Range(0.0, 1000.0))
        ->capture_default_str();
    app.add_flag("--all", all, "all figures, not only those that are worse or better by more than the tolerance");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : 2;
    }
    const auto was = readFigures(before), now = readFigures(after);
    for (const auto* read : {&was, &now}) {
        if (read->ok()) continue;
        std::fprintf(stderr, "millrace-bench diff: %s\n", text(read->status()).c_str());
        return 2;
    }
    const auto found = differences(*was, *now, peer, tolerance / 100);
    if (found.empty()) {
        std::fprintf(stderr, "millrace-bench diff: the results have no figure in common%s\n",
                     peer.empty() ? "" : (" that is also one of " + peer).c_str());
        return 2;
    }
    std::size_t worse = 0, shown = 0;
    MarkdownTable table({"figure", "before", "after", "ratio", ""});
    for (const auto& difference : found) {
        const bool judged = betterOf(difference.name) != Better::Neither;
        const bool differs = std::abs(difference.ratio - 1) > tolerance / 100;
        worse += difference.worse ? 1 : 0;
        if (!all && !(judged && (differs || difference.worse))) continue;
        ++shown;
        table.add({difference.name, absl::StrFormat("%.6g", difference.before),
                   absl::StrFormat("%.6g", difference.after), absl::StrFormat("%.2f", difference.ratio),
                   difference.worse    ? "worse"
                   : judged && differs ? "better"
                                       : ""});
    }
    std::printf("%s\n%zu figures compared, %zu shown, %zu worse by more than %g %%\n", table.text().c_str(),
                found.size(), shown, worse, tolerance);
    return worse > 0 ? 1 : 0;
}

}  // namespace millrace::bench
