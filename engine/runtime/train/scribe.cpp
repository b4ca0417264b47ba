// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/train/scribe.h"

#include "runtime/sampler.h"
#include "runtime/tokenizer.h"
#include "runtime/train/adam.h"
#include "runtime/train/model_folder.h"

#include <torch/script.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace millrace::train {

namespace json = boost::json;
namespace fs = std::filesystem;
using runtime::Characters;
using runtime::Random;

namespace {

constexpr std::int64_t kEmbedded = 48;
constexpr std::int64_t kHidden = 384;
constexpr std::int64_t kStreams = 32;  // texts read side by side
constexpr std::int64_t kLength = 64;   // letters between two steps
constexpr int kEpochs = 16;
constexpr double kHeldOutPart = 0.04;  // the end of every text
constexpr int kWordsTried = 400;

/// Paragraphs on one line each, an empty line between them: the texts' own line breaks say nothing.
std::string unwrapped(const std::string& text)
{
    std::string result;
    bool space = false;
    int breaks = 2;
    for (const char c : text) {
        if (c == '\n') {
            ++breaks;
            space = true;
        } else if (c == ' ' || c == '\t' || c == '\f' || c == '\r') {
            space = true;
        } else if (c >= ' ' && c <= '~') {
            if (breaks >= 2 && !result.empty())
                result += "\n\n";
            else if (space && !result.empty())
                result += ' ';
            result += c;
            breaks = 0;
            space = false;
        }
    }
    return result;
}

struct Texts {
    std::string learn;
    std::string heldOut;
    std::vector<std::string> names;
};
StatusOr<Texts> readTexts(const std::string& folder)
{
    std::vector<fs::path> files;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
        if (at->is_regular_file(error) && !at->is_symlink(error)) files.push_back(at->path());
    std::sort(files.begin(), files.end());
    Texts texts;
    for (const fs::path& file : files) {
        std::ifstream in(file, std::ios::binary);
        const std::string text = unwrapped({std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()});
        const auto cut = static_cast<std::size_t>(static_cast<double>(text.size()) * (1.0 - kHeldOutPart));
        texts.learn += text.substr(0, cut) + "\n\n";
        texts.heldOut += text.substr(cut) + "\n\n";
        texts.names.push_back(file.filename().string());
    }
    if (texts.learn.size() < 10'000) return notFound("no texts in " + folder);
    return texts;
}

struct Net {
    at::Tensor table;
    std::vector<at::Tensor> gru;  // w_ih, w_hh, b_ih, b_hh
    at::Tensor out;
    at::Tensor outBias;

    std::vector<at::Tensor> all() const { return {table, gru[0], gru[1], gru[2], gru[3], out, outBias}; }
    /// tokens [length, streams]; logits [length, streams, letters]
    std::pair<at::Tensor, at::Tensor> run(const at::Tensor& tokens, const at::Tensor& state, double dropped) const
    {
        const at::Tensor x = at::dropout(at::embedding(table, tokens), dropped, dropped > 0.0);
        const auto [y, after] = at::gru(x, state, gru, true, 1, 0.0, false, false, false);
        return {at::linear(at::dropout(y, dropped, dropped > 0.0), out, outBias), after};
    }
    Net asShipped() const
    {
        const auto half = [](const at::Tensor& weight) { return weight.detach().to(at::kHalf).to(at::kFloat); };
        return {half(table), {half(gru[0]), half(gru[1]), half(gru[2]), half(gru[3])}, half(out), half(outBias)};
    }
};

Net newNet(std::int64_t letters)
{
    const double reach = 1.0 / std::sqrt(static_cast<double>(kHidden));
    const auto weight = [reach](at::IntArrayRef shape) {
        return ((at::rand(shape) * 2.0 - 1.0) * reach).set_requires_grad(true);
    };
    return {weight({letters, kEmbedded}),
            {weight({3 * kHidden, kEmbedded}), weight({3 * kHidden, kHidden}), weight({3 * kHidden}),
             weight({3 * kHidden})},
            weight({letters, kHidden}),
            weight({letters})};
}

at::Tensor tokensOf(const Characters& characters, const std::string& text)
{
    const std::vector<std::int64_t> tokens = characters.encode(text);
    return at::tensor(tokens, at::kLong);
}

/// Bits that the net needs for a letter of a text it has not seen.
double bitsPerLetter(const Net& net, const at::Tensor& tokens)
{
    const at::NoGradGuard plain;
    const at::Tensor inputs = tokens.slice(0, 0, tokens.size(0) - 1).unsqueeze(1);
    const auto [logits, state] = net.run(inputs, at::zeros({1, 1, kHidden}), 0.0);
    return at::cross_entropy_loss(logits.squeeze(1), tokens.slice(0, 1)).item<double>() / std::log(2.0);
}

std::string write(const Net& net, const Characters& characters, const std::string& prompt, int letters, Random& random)
{
    const at::NoGradGuard plain;
    std::string text;
    auto [logits, state] = net.run(tokensOf(characters, prompt).unsqueeze(1), at::zeros({1, 1, kHidden}), 0.0);
    for (int count = 0; count < letters; ++count) {
        const at::Tensor last = logits.select(0, logits.size(0) - 1).contiguous();
        const std::size_t token =
            runtime::pickToken({last.data_ptr<float>(), static_cast<std::size_t>(last.numel())}, 0.7, 1.0, random);
        text += characters.character(token);
        std::tie(logits, state) = net.run(at::tensor({static_cast<std::int64_t>(token)}).unsqueeze(1), state, 0.0);
    }
    return text;
}

void save(const Net& net, const ModelFolder& folder)
{
    torch::jit::Module module("Scribe");
    const char* names[] = {"table", "w_ih", "w_hh", "b_ih", "b_hh", "w_out", "b_out"};
    const std::vector<at::Tensor> weights = net.all();
    for (std::size_t at = 0; at < weights.size(); ++at)
        module.register_parameter(names[at], weights[at].detach().to(at::kHalf), false);
    module.define(R"(
def forward(self, tokens, state):
    x = torch.embedding(self.table, tokens).unsqueeze(1)
    y, after = torch.gru(x, state, [self.w_ih, self.w_hh, self.b_ih, self.b_hh], True, 1, 0.0, False, False, False)
    return torch.linear(y[-1, 0], self.w_out, self.b_out), after
)");
    module.save(folder.modelFile());
}

}  // namespace

Status makeScribe(const Options& options)
{
    const auto texts = readTexts(options.texts);
    if (!texts.ok()) return texts.status();
    std::set<char> letters(texts->learn.begin(), texts->learn.end());
    const std::string alphabet(letters.begin(), letters.end());
    const Characters characters(alphabet);
    at::manual_seed(options.seed);
    Random random(options.seed);
    const Net net = newNet(static_cast<std::int64_t>(characters.size()));
    const ModelFolder folder(options.out, "scribe");
    save(net, folder);  // a script that does not compile should fail now, not after the training
    Adam adam(net.all());

    const at::Tensor tokens = tokensOf(characters, texts->learn);
    const at::Tensor unseen = tokensOf(characters, texts->heldOut);
    const std::int64_t each = (tokens.size(0) - kLength - 1) / kStreams;
    const double stepsMax = kEpochs * static_cast<double>(each / kLength);
    double done = 0.0;
    const auto began = std::chrono::steady_clock::now();
    for (int epoch = 0; epoch < kEpochs; ++epoch) {
        // Another beginning each time, so that the cuts fall elsewhere.
        const auto shift = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(kLength)));
        const at::Tensor rows = tokens.slice(0, shift, shift + each * kStreams).view({kStreams, each}).t();
        at::Tensor state = at::zeros({1, kStreams, kHidden});
        double loss = 0.0;
        int steps = 0;
        for (std::int64_t from = 0; from + kLength + 1 <= each; from += kLength) {
            const auto [logits, after] = net.run(rows.slice(0, from, from + kLength), state, 0.1);
            const at::Tensor wanted = rows.slice(0, from + 1, from + kLength + 1).reshape({-1});
            const at::Tensor wrong = at::cross_entropy_loss(logits.reshape({kLength * kStreams, -1}), wanted);
            wrong.backward();
            adam.step(3e-3 * (1.0 - 0.97 * done / stepsMax), 1.0);
            state = after.detach();
            loss += wrong.item<double>();
            done += 1.0;
            ++steps;
        }
        std::printf("  scribe epoch %d: %.3f bits a letter, %.3f on text not seen\n", epoch + 1,
                    loss / steps / std::log(2.0), bitsPerLetter(net, unseen));
        std::fflush(stdout);
    }

    const Net shipped = net.asShipped();
    const double bits = bitsPerLetter(shipped, unseen);
    const std::vector<std::string> known = runtime::HashedNgrams::words(texts->learn + texts->heldOut);
    const std::set<std::string> vocabulary(known.begin(), known.end());
    const std::string sample = write(shipped, characters, "You may\n\n", kWordsTried * 6, random);
    std::vector<std::string> words = runtime::HashedNgrams::words(sample);
    if (!words.empty()) words.pop_back();  // cut off
    const auto right =
        std::count_if(words.begin(), words.end(), [&](const auto& word) { return vocabulary.contains(word); });
    const double readable = static_cast<double>(right) / static_cast<double>(std::max<std::size_t>(1, words.size()));
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf(
        "scribe: %.3f bits a letter on text not seen; of %zu words written %.1f %% are words of the texts (%.0f s)\n",
        bits, words.size(), 100.0 * readable, took);
    std::printf("  sample: %s\n", sample.substr(0, 400).c_str());

    save(net, folder);
    Status status = folder.writeConfig(
        {{"kind", "text"},
         {"description", "Writes on, letter by letter, in the manner of free licences; a token is four letters"},
         {"weights", "FP16"},
         {"tokenizer", json::object{{"kind", "characters"}, {"alphabet", alphabet}}},
         {"text",
          json::object{{"state", json::array{1, 1, kHidden}}, {"characters_per_token", 4}, {"prompt_max", 512}}}});
    if (!status.ok()) return status;
    json::array names;
    for (const std::string& name : texts->names) names.push_back(json::string(name));
    return folder.writeCard(
        {{"made_by", "millrace-train scribe"},
         {"seed", options.seed},
         {"learned_from", "texts of /usr/share/common-licenses (Debian: base-files)"},
         {"texts", std::move(names)},
         {"net", "GRU, " + std::to_string(kHidden) + " units, " + std::to_string(kEpochs) + " epochs"},
         {"bits_per_letter_not_seen", rounded(bits)},
         {"written_words_that_are_words", rounded(readable)},
         {"measured_on", "the last 4 % of each text; 2400 letters written at temperature 0.7"}});
}

}  // namespace millrace::train
