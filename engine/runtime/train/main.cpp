// SPDX-License-Identifier: GPL-3.0-or-later
// millrace-train: makes the sample models, from fonts and texts that Debian ships.
#include "runtime/train/digits.h"
#include "runtime/train/embedding.h"
#include "runtime/train/scribe.h"
#include "runtime/version.h"

#include <CLI/CLI.hpp>

#include <ATen/Parallel.h>
#include <cstdio>
#include <dlfcn.h>

using namespace millrace;

namespace {

void setThreads(int threads)
{
    at::set_num_threads(threads);
    using SetThreads = void (*)(int);
    if (const auto set = reinterpret_cast<SetThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(threads);
}

}  // namespace

int main(int argc, char** argv)
{
    train::Options options;
    std::vector<std::string> only;
    int threads = 1;
    CLI::App app("Makes Millrace's sample models: digits (fonts), embed-mini (WordNet), scribe (licence texts).");
    app.set_version_flag("--version", std::string("millrace-train ") + runtime::kVersion);
    app.add_option("--out", options.out, "Model repository to write to")->required();
    app.add_option("--only", only, "Make these only: digits, embed, scribe")
        ->check(CLI::IsMember({"digits", "embed", "scribe"}))
        ->take_all();
    app.add_option("--seed", options.seed, "Seed of everything drawn at random")->capture_default_str();
    app.add_option("--threads", threads, "Threads; with 1 the weights come out the same bit for bit")
        ->capture_default_str()
        ->check(CLI::Range(1, 64));
    app.add_option("--fonts", options.fonts, "Folder of fonts")->capture_default_str();
    app.add_option("--wordnet", options.wordnet, "Folder of WordNet's data files (Debian: wordnet-base)")
        ->capture_default_str();
    app.add_option("--texts", options.texts, "Folder of texts for scribe")->capture_default_str();
    app.add_option("--sheet", options.sheet, "Also write a sheet of held-out digits (PGM), for tests");
    CLI11_PARSE(app, argc, argv);

    setThreads(threads);
    const auto wanted = [&](const char* name) {
        return only.empty() || std::find(only.begin(), only.end(), name) != only.end();
    };
    struct Part {
        const char* name;
        Status (*make)(const train::Options&);
    };
    for (const Part& part :
         {Part{"digits", train::makeDigits}, Part{"embed", train::makeEmbedding}, Part{"scribe", train::makeScribe}}) {
        if (!wanted(part.name)) continue;
        if (const Status status = part.make(options); !status.ok()) {
            std::fprintf(stderr, "millrace-train: %s: %s\n", part.name, text(status).c_str());
            return 1;
        }
    }
    return 0;
}
