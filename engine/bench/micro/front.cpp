// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/check.h"
#include "bench/micro/suites.h"
#include "front/kserve_read.h"
#include "front/kserve_write.h"
#include "front/openai.h"
#include "inference.pb.h"

#include <benchmark/benchmark.h>
#include <cstdint>
#include <optional>
#include <string>

namespace millrace::bench::micro {

namespace {

using namespace millrace::front;

constexpr std::int64_t kPixels = 784;

std::string digitsJson(std::int64_t rows)
{
    std::string body =
        R"({"id":"42","inputs":[{"name":"x","datatype":"FP32","shape":[)" + std::to_string(rows) + ",784],\"data\":[";
    for (std::int64_t i = 0; i < rows * kPixels; ++i) body += i == 0 ? "0.5" : i % 4 == 0 ? ",0.7843137" : ",0";
    return body + "]}]}";
}

void kserveJson(benchmark::State& state)
{
    const std::string json = digitsJson(state.range(0));
    std::string body = json;
    MR_CHECK(readInfer(body, std::nullopt).ok());
    for (auto _ : state) {
        body = json;
        benchmark::DoNotOptimize(readInfer(body, std::nullopt));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(json.size()));
}

void kserveBinary(benchmark::State& state)
{
    const std::int64_t bytes = state.range(0) * kPixels * 4;
    const std::string head = R"({"id":"42","inputs":[{"name":"x","datatype":"FP32","shape":[)" +
                             std::to_string(state.range(0)) + R"(,784],"parameters":{"binary_data_size":)" +
                             std::to_string(bytes) + "}}]}";
    const std::string whole = head + std::string(static_cast<std::size_t>(bytes), '\x3d');
    std::string body = whole;
    MR_CHECK(readInfer(body, head.size()).ok());
    for (auto _ : state) {
        body = whole;
        benchmark::DoNotOptimize(readInfer(body, head.size()));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(whole.size()));
}

void kserveWrite(benchmark::State& state)
{
    inference::ModelInferResponse answer;
    answer.set_model_name("digits-s");
    auto* output = answer.add_outputs();
    output->set_name("scores");
    output->set_datatype("FP32");
    output->add_shape(state.range(0));
    output->add_shape(10);
    std::string raw;
    for (std::int64_t i = 0; i < state.range(0) * 10; ++i) {
        const float value = 0.1234567f * static_cast<float>(i + 1);
        raw.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    answer.add_raw_output_contents(raw);
    const OutputForm form;
    for (auto _ : state) benchmark::DoNotOptimize(writeInfer(answer, form));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// The model comes first, as libraries write it, or last.
void openAiHead(benchmark::State& state, bool modelFirst)
{
    std::string text;
    while (text.size() < static_cast<std::size_t>(state.range(0))) text += "The quick brown fox \\u00e9 jumps. ";
    const std::string model = R"("model":"scribe","stream":true)";
    const std::string messages = R"("messages":[{"role":"user","content":")" + text + R"("}])";
    const std::string body = modelFirst ? "{" + model + "," + messages + "}" : "{" + messages + "," + model + "}";
    MR_CHECK(readOpenAiHead(body).ok());
    for (auto _ : state) benchmark::DoNotOptimize(readOpenAiHead(body));
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(body.size()));
}

}  // namespace

void addFront()
{
    using benchmark::RegisterBenchmark;
    RegisterBenchmark("front/kserve/read_json", kserveJson)->Arg(1)->Arg(16)->Arg(128);
    RegisterBenchmark("front/kserve/read_binary", kserveBinary)->Arg(1)->Arg(16)->Arg(128);
    RegisterBenchmark("front/kserve/write_json", kserveWrite)->Arg(1)->Arg(16)->Arg(128);
    RegisterBenchmark("front/openai/head_model_first", [](benchmark::State& state) { openAiHead(state, true); })
        ->Arg(200)
        ->Arg(64 * 1024);
    RegisterBenchmark("front/openai/head_model_last", [](benchmark::State& state) { openAiHead(state, false); })
        ->Arg(200)
        ->Arg(64 * 1024);
}

}  // namespace millrace::bench::micro
