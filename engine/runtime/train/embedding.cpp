// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/train/embedding.h"

#include "runtime/random.h"
#include "runtime/tokenizer.h"
#include "runtime/train/adam.h"
#include "runtime/train/model_folder.h"
#include "runtime/train/wordnet.h"

#include <torch/script.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace millrace::train {

namespace json = boost::json;
using runtime::HashedNgrams;
using runtime::Random;

namespace {

constexpr std::int64_t kBuckets = 16'384;
constexpr std::int64_t kSize = 256;
constexpr std::size_t kBatch = 256;
constexpr int kSteps = 2'400;
constexpr double kSharpness = 18.0;       // cosines times this are the logits of the contrast
constexpr std::size_t kHeldOutEach = 20;  // every 20th meaning is never learned from

bool heldOut(std::size_t place)
{
    return place % kHeldOutEach == 0;
}

/// Misspelt, shortened or reordered: what a near duplicate looks like.
std::string disturbed(const std::string& text, Random& random)
{
    std::vector<std::string> words = HashedNgrams::words(text);
    std::string result;
    if (words.size() > 3 && random.unit() < 0.5)
        words.erase(words.begin() + static_cast<std::ptrdiff_t>(random.below(words.size())));
    if (words.size() > 2 && random.unit() < 0.3) std::swap(words[0], words[random.below(words.size())]);
    for (std::string& word : words) {
        if (word.size() > 3 && random.unit() < 0.2) {
            const std::size_t at = 1 + random.below(word.size() - 2);
            if (random.unit() < 0.5)
                word.erase(at, 1);
            else
                std::swap(word[at], word[at - 1]);
        }
        result += (result.empty() ? "" : " ") + word;
    }
    return result;
}

/// Texts as the table's rows and their weights: one bag a text.
struct Bags {
    std::vector<std::int64_t> buckets;
    std::vector<float> weights;
    std::vector<std::int64_t> begins;

    void add(const HashedNgrams& ngrams, const std::string& text)
    {
        begins.push_back(static_cast<std::int64_t>(buckets.size()));
        for (const auto& feature : ngrams.features(text)) {
            buckets.push_back(feature.bucket);
            weights.push_back(feature.weight);
        }
    }
    at::Tensor vectors(const at::Tensor& table) const
    {
        const auto count = static_cast<std::int64_t>(buckets.size());
        const at::Tensor rows = at::from_blob(const_cast<std::int64_t*>(buckets.data()), {count}, at::kLong);
        const at::Tensor shares = at::from_blob(const_cast<float*>(weights.data()), {count}, at::kFloat);
        const at::Tensor starts = at::from_blob(const_cast<std::int64_t*>(begins.data()),
                                                {static_cast<std::int64_t>(begins.size())}, at::kLong);
        const at::Tensor sums = std::get<0>(at::embedding_bag(table, rows, starts, false, 0, false, shares));
        return sums / (sums.norm(2, 1, true) + 1e-6);
    }
};

/// Two texts about the same meaning.
std::pair<std::string, std::string> pairOf(const std::vector<Synset>& synsets, Random& random)
{
    std::size_t place = 0;
    do place = random.below(synsets.size());
    while (heldOut(place));
    const Synset& one = synsets[place];
    const double dice = random.unit();
    std::string first = one.definition;
    if (dice < 0.15) return {first, disturbed(first, random)};
    if (dice < 0.35 && !one.examples.empty())
        return {random.unit() < 0.5 ? first : one.words + " " + first, one.examples[random.below(one.examples.size())]};
    if (dice < 0.65 && !one.near.empty()) {
        const std::size_t other = one.near[random.below(one.near.size())];
        if (!heldOut(other)) {
            if (random.unit() < 0.5)
                return {one.words + " " + first, synsets[other].words + " " + synsets[other].definition};
            return {first, random.unit() < 0.5 ? synsets[other].words : synsets[other].definition};
        }
    }
    return {std::move(first), one.words};
}

/// The table in 8 bits, a scale for each row: a quarter of the size, and what a load has to read.
struct Shipped {
    at::Tensor table;   // int8
    at::Tensor scales;  // float
    at::Tensor widened() const { return table.to(at::kFloat) * scales.unsqueeze(1); }
};
Shipped asShipped(const at::Tensor& table)
{
    const at::Tensor scales = table.abs().amax(1).clamp_min(1e-9) / 127.0;
    return {(table / scales.unsqueeze(1)).round().clamp(-127, 127).to(at::kChar), scales};
}

/// How often the right one of `b` is among the nearest `k` of each of `a`.
double recall(const at::Tensor& a, const at::Tensor& b, std::int64_t k)
{
    const at::Tensor nearness = at::matmul(a, b.t());
    const at::Tensor right = nearness.diagonal().unsqueeze(1);
    return nearness.gt(right).sum(1).lt(k).to(at::kFloat).mean().item<double>();
}

/// How often a pair that belongs together is nearer than one that does not (area under the ROC curve).
double separation(const at::Tensor& together, const at::Tensor& apart)
{
    const at::Tensor wins = together.unsqueeze(1).gt(apart.unsqueeze(0)).to(at::kFloat);
    return wins.mean().item<double>();
}

struct Measured {
    double recallAt1;
    double recallAt10;
    double duplicates;
    double topics;
};
Measured measure(const std::vector<Synset>& synsets, const at::Tensor& table, const HashedNgrams& ngrams,
                 Random& random)
{
    const at::NoGradGuard plain;
    constexpr std::size_t kCount = 1000;
    Bags definitions;
    Bags words;
    Bags duplicates;
    std::vector<std::int64_t> fields;
    std::size_t place = kHeldOutEach * random.below(synsets.size() / kHeldOutEach);
    while (fields.size() < kCount) {
        place = (place + kHeldOutEach * 7) % (synsets.size() / kHeldOutEach * kHeldOutEach);
        const Synset& one = synsets[place];
        if (HashedNgrams::words(one.definition).size() < 4) continue;
        definitions.add(ngrams, one.definition);
        words.add(ngrams, one.words);
        duplicates.add(ngrams, disturbed(one.definition, random));
        fields.push_back(one.field);
    }
    const at::Tensor a = definitions.vectors(table);
    const at::Tensor b = duplicates.vectors(table);
    const at::Tensor all = at::matmul(a, a.t());
    const at::Tensor labels = at::tensor(fields, at::kLong);
    const at::Tensor off = at::eye(static_cast<std::int64_t>(kCount)).logical_not();
    const at::Tensor same = labels.unsqueeze(0).eq(labels.unsqueeze(1)).logical_and(off);
    const at::Tensor other = labels.unsqueeze(0).ne(labels.unsqueeze(1));
    const auto some = [](const at::Tensor& values) {
        return values.slice(0, 0, c10::nullopt, std::max<std::int64_t>(1, values.size(0) / 4000));
    };
    return {recall(a, words.vectors(table), 1), recall(a, words.vectors(table), 10),
            separation((a * b).sum(1), some(all.masked_select(off))),
            separation(some(all.masked_select(same)), some(all.masked_select(other)))};
}

void save(const Shipped& shipped, const ModelFolder& folder)
{
    torch::jit::Module module("Embedding");
    module.register_buffer("table", shipped.table);
    module.register_buffer("scales", shipped.scales);
    module.define(R"(
def forward(self, buckets, rows, weights, count: int):
    scaled = self.scales.index_select(0, buckets) * weights
    found = self.table.index_select(0, buckets) * scaled.unsqueeze(1)
    sums = torch.zeros([count, self.table.size(1)]).index_add(0, rows, found)
    return sums / torch.clamp(torch.norm(sums, 2, [1], True), min=1e-6)
)");
    module.save(folder.modelFile());
}

}  // namespace

Status makeEmbedding(const Options& options)
{
    const auto synsets = readWordNet(options.wordnet);
    if (!synsets.ok()) return synsets.status();
    std::printf("embed-mini: %zu meanings\n", synsets->size());
    at::manual_seed(options.seed);
    Random random(options.seed);
    const HashedNgrams ngrams(kBuckets);
    const at::Tensor table = (at::randn({kBuckets, kSize}) * 0.1).set_requires_grad(true);
    const ModelFolder folder(options.out, "embed-mini");
    save(asShipped(table.detach()), folder);  // a script that does not compile should fail now, not after the training
    Adam adam({table});
    const at::Tensor right = at::arange(static_cast<std::int64_t>(kBatch));
    const auto began = std::chrono::steady_clock::now();
    double loss = 0.0;
    for (int step = 0; step < kSteps; ++step) {
        Bags first;
        Bags second;
        for (std::size_t at = 0; at < kBatch; ++at) {
            const auto [one, other] = pairOf(*synsets, random);
            first.add(ngrams, one);
            second.add(ngrams, other);
        }
        const at::Tensor nearness = at::matmul(first.vectors(table), second.vectors(table).t()) * kSharpness;
        const at::Tensor wrong = at::cross_entropy_loss(nearness, right) + at::cross_entropy_loss(nearness.t(), right);
        wrong.backward();
        adam.step(4e-3 * (1.0 - 0.97 * step / kSteps));
        loss += wrong.item<double>();
        if ((step + 1) % 200 == 0) {
            std::printf("  embed-mini step %d: loss %.3f\n", step + 1, loss / 200.0);
            std::fflush(stdout);
            loss = 0.0;
        }
    }
    const Shipped shipped = asShipped(table.detach());
    const Measured good = measure(*synsets, shipped.widened(), ngrams, random);
    const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    std::printf(
        "embed-mini: of 1000 held-out meanings the definition finds its words first in %.1f %%, among ten in "
        "%.1f %%; near duplicates apart from others %.2f %%, same field apart from other fields %.1f %% (%.0f s)\n",
        100 * good.recallAt1, 100 * good.recallAt10, 100 * good.duplicates, 100 * good.topics, took);

    save(shipped, folder);
    json::object tensorIn{{"name", "text"}, {"datatype", "BYTES"}, {"shape", json::array{json::value(-1)}}};
    json::object tensorOut{{"name", "embedding"}, {"datatype", "FP32"}, {"shape", json::array{-1, kSize}}};
    json::array inputs;
    inputs.push_back(std::move(tensorIn));
    json::array outputs;
    outputs.push_back(std::move(tensorOut));
    Status status = folder.writeConfig({{"kind", "embedding"},
                                        {"description", "Text embeddings, 256 numbers: near duplicates and topics"},
                                        {"batch_max", 128},
                                        {"inputs", std::move(inputs)},
                                        {"outputs", std::move(outputs)},
                                        {"tokenizer", json::object{{"kind", "hashed-ngrams"}, {"buckets", kBuckets}}}});
    if (!status.ok()) return status;
    return folder.writeCard({{"made_by", "millrace-train embed"},
                             {"seed", options.seed},
                             {"learned_from", "WordNet 3.0 (Debian: wordnet-base), " + std::to_string(kSteps) +
                                                  " batches of " + std::to_string(kBatch) + " pairs"},
                             {"measured_on", "1000 meanings that were never learned from, weights as shipped"},
                             {"definition_finds_its_words_first_of_1000", rounded(good.recallAt1)},
                             {"definition_finds_its_words_in_ten_of_1000", rounded(good.recallAt10)},
                             {"near_duplicate_nearer_than_other_text", rounded(good.duplicates)},
                             {"same_field_nearer_than_other_field", rounded(good.topics)},
                             {"licence_of_the_data", "WordNet 3.0 license, Copyright 2006 by Princeton University"}});
}

}  // namespace millrace::train
