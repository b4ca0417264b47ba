// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/train/digits.h"

#include "runtime/train/adam.h"
#include "runtime/train/glyphs.h"
#include "runtime/train/model_folder.h"

#include <torch/script.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>

namespace millrace::train {

namespace json = boost::json;
using runtime::Random;

namespace {

constexpr std::size_t kTrainCount = 48'000;
constexpr std::size_t kTestCount = 6'000;
constexpr std::int64_t kBatch = 128;

/// Never seen while training: what a model says about them is what it has learned about digits, not about a font.
constexpr const char* kHeldOut[] = {
    "DejaVu Serif", "DejaVu Serif Condensed", "Cabin", "Gentium Basic", "Gentium Book Basic",
    "Roboto Slab",  "Courier Prime",          "Play"};

struct Plan {
    const char* name;
    std::vector<std::int64_t> widths;
    int epochs;
    const char* words;
};

struct Data {
    at::Tensor pixels;
    at::Tensor labels;
};
Data dataOf(const Digits& digits)
{
    const auto count = static_cast<std::int64_t>(digits.count());
    return {at::from_blob(const_cast<float*>(digits.pixels.data()), {count, kPixels}, at::kFloat).clone(),
            at::from_blob(const_cast<std::int64_t*>(digits.labels.data()), {count}, at::kLong).clone()};
}

at::Tensor logits(const std::vector<at::Tensor>& weights, at::Tensor x)
{
    for (std::size_t layer = 0; layer + 1 < weights.size(); layer += 2) {
        x = at::linear(x, weights[layer], weights[layer + 1]);
        if (layer + 2 < weights.size()) x = at::relu(x);
    }
    return x;
}

double accuracy(const std::vector<at::Tensor>& weights, const Data& data)
{
    const at::NoGradGuard plain;
    return logits(weights, data.pixels).argmax(1).eq(data.labels).to(at::kFloat).mean().item<double>();
}

std::vector<at::Tensor> learn(const Plan& plan, const Data& data)
{
    std::vector<at::Tensor> weights;
    for (std::size_t layer = 0; layer + 1 < plan.widths.size(); ++layer) {
        const std::int64_t in = plan.widths[layer];
        const std::int64_t out = plan.widths[layer + 1];
        weights.push_back((at::randn({out, in}) * std::sqrt(2.0 / static_cast<double>(in))).set_requires_grad(true));
        weights.push_back(at::zeros({out}).set_requires_grad(true));
    }
    Adam adam(weights);
    const std::int64_t count = data.labels.size(0);
    const double stepsMax = static_cast<double>(plan.epochs) * static_cast<double>(count / kBatch);
    double done = 0.0;
    for (int epoch = 0; epoch < plan.epochs; ++epoch) {
        const at::Tensor order = at::randperm(count);
        double loss = 0.0;
        for (std::int64_t from = 0; from + kBatch <= count; from += kBatch) {
            const at::Tensor some = order.slice(0, from, from + kBatch);
            // Dropped pixels keep the wide nets from learning the noise of this set by heart.
            const at::Tensor x = at::dropout(data.pixels.index_select(0, some), 0.1, true);
            const at::Tensor wrong = at::cross_entropy_loss(logits(weights, x), data.labels.index_select(0, some));
            wrong.backward();
            adam.step(1e-3 * (1.0 - 0.97 * done / stepsMax));
            loss += wrong.item<double>();
            done += 1.0;
        }
        std::printf("  %s epoch %d: loss %.4f\n", plan.name, epoch + 1, loss / static_cast<double>(count / kBatch));
        std::fflush(stdout);
    }
    return weights;
}

/// Weights as they will be after a load: rounded to FP16.
std::vector<at::Tensor> asShipped(const std::vector<at::Tensor>& weights)
{
    std::vector<at::Tensor> shipped;
    for (const at::Tensor& weight : weights) shipped.push_back(weight.detach().to(at::kHalf).to(at::kFloat));
    return shipped;
}

void save(const std::vector<at::Tensor>& weights, const ModelFolder& folder)
{
    torch::jit::Module module("Digits");
    std::string source = "def forward(self, pixels):\n    x = pixels\n";
    const std::size_t layers = weights.size() / 2;
    for (std::size_t layer = 0; layer < layers; ++layer) {
        const std::string number = std::to_string(layer + 1);
        module.register_parameter("w" + number, weights[2 * layer].detach().to(at::kHalf), false);
        module.register_parameter("b" + number, weights[2 * layer + 1].detach().to(at::kHalf), false);
        const std::string line = "torch.linear(x, self.w" + number + ", self.b" + number + ")";
        source += "    x = " + (layer + 1 < layers ? "torch.relu(" + line + ")" : line) + "\n";
    }
    source += "    return torch.softmax(x, 1)\n";
    module.define(source);
    module.save(folder.modelFile());
}

json::array namesOf(const std::vector<Fonts::Family>& families)
{
    json::array names;
    for (const auto& family : families) names.push_back(json::string(family.name));
    return names;
}

}  // namespace

Status makeDigits(const Options& options)
{
    auto fonts = Fonts::open(options.fonts);
    if (!fonts.ok()) return fonts.status();
    std::vector<Fonts::Family> known;
    std::vector<Fonts::Family> heldOut;
    for (const auto& family : (*fonts)->families()) {
        const bool out = std::find(std::begin(kHeldOut), std::end(kHeldOut), family.name) != std::end(kHeldOut);
        (out ? heldOut : known).push_back(family);
    }
    if (heldOut.empty() || known.empty()) return notFound("fonts to train with and fonts to hold out are both needed");
    std::printf("digits: %zu families to learn from, %zu held out\n", known.size(), heldOut.size());

    Random random(options.seed);
    const Data train = dataOf((*fonts)->draw(known, kTrainCount, random));
    const Data same = dataOf((*fonts)->draw(known, kTestCount, random));
    const Digits others = (*fonts)->draw(heldOut, kTestCount, random);
    const Data test = dataOf(others);
    if (!options.sheet.empty())
        if (Status status = writeSheet(options.sheet, (*fonts)->draw(heldOut, 400, random), 20); !status.ok())
            return status;

    const Plan plans[] = {
        {"digits-s", {kPixels, 48, 10}, 12, "Digits, small: 784-48-10"},
        {"digits-m", {kPixels, 512, 256, 10}, 8, "Digits, medium: 784-512-256-10"},
        {"digits-l", {kPixels, 1024, 1024, 10}, 6, "Digits, large: 784-1024-1024-10; the one that batching pays for"}};
    for (const Plan& plan : plans) {
        at::manual_seed(options.seed);
        const auto began = std::chrono::steady_clock::now();
        const std::vector<at::Tensor> weights = learn(plan, train);
        const std::vector<at::Tensor> shipped = asShipped(weights);
        const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        const double onKnown = accuracy(shipped, same);
        const double onHeldOut = accuracy(shipped, test);
        std::printf("%s: accuracy %.2f %% on fonts held out, %.2f %% on fonts learned from (%.0f s)\n", plan.name,
                    100.0 * onHeldOut, 100.0 * onKnown, took);

        const ModelFolder folder(options.out, plan.name);
        save(weights, folder);
        json::object tensorIn{{"name", "pixels"}, {"datatype", "FP32"}, {"shape", json::array{-1, kPixels}}};
        json::object tensorOut{{"name", "scores"}, {"datatype", "FP32"}, {"shape", json::array{-1, 10}}};
        json::array inputs;
        inputs.push_back(std::move(tensorIn));
        json::array outputs;
        outputs.push_back(std::move(tensorOut));
        Status status = folder.writeConfig({{"kind", "classifier"},
                                            {"description", plan.words},
                                            {"batch_max", 128},
                                            {"inputs", std::move(inputs)},
                                            {"outputs", std::move(outputs)},
                                            {"weights", "FP16"}});
        if (!status.ok()) return status;
        status = folder.writeCard(
            {{"made_by", "millrace-train digits"},
             {"seed", options.seed},
             {"layers", json::array(plan.widths.begin(), plan.widths.end())},
             {"input", "28 x 28, row-major, 0 black to 1 white, a white digit on black"},
             {"learned_from", std::to_string(kTrainCount) + " digits drawn from the fonts below, with jitter"},
             {"accuracy_fonts_held_out", rounded(onHeldOut)},
             {"accuracy_fonts_learned_from", rounded(onKnown)},
             {"accuracy_measured_on", std::to_string(kTestCount) + " digits each, weights as shipped"},
             {"fonts_held_out", namesOf(heldOut)},
             {"fonts_learned_from", namesOf(known)}});
        if (!status.ok()) return status;
    }
    return absl::OkStatus();
}

}  // namespace millrace::train
