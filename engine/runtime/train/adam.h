// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <torch/script.h>

#include <cmath>
#include <vector>

namespace millrace::train {

/// Gradient descent with moments (Kingma, Ba 2014), which is all of torch::optim that is used here; its header alone
/// would double the time to compile.
class Adam {
public:
    explicit Adam(std::vector<at::Tensor> weights) : weights_(std::move(weights))
    {
        for (const at::Tensor& weight : weights_) {
            means_.push_back(at::zeros_like(weight));
            squares_.push_back(at::zeros_like(weight));
        }
    }
    /// One step along the gradients, which are cut to a norm of `normMax` (0: as they are) and cleared.
    void step(double rate, double normMax = 0.0)
    {
        const at::NoGradGuard plain;
        ++steps_;
        double scale = 1.0;
        if (normMax > 0.0) {
            double square = 0.0;
            for (const at::Tensor& weight : weights_) square += weight.grad().square().sum().item<double>();
            scale = std::min(1.0, normMax / std::sqrt(square + 1e-12));
        }
        const double correction = std::sqrt(1.0 - std::pow(kSquares, steps_)) / (1.0 - std::pow(kMeans, steps_));
        for (std::size_t at = 0; at < weights_.size(); ++at) {
            at::Tensor gradient = weights_[at].mutable_grad();
            if (scale < 1.0) gradient.mul_(scale);
            means_[at].mul_(kMeans).add_(gradient, 1.0 - kMeans);
            squares_[at].mul_(kSquares).addcmul_(gradient, gradient, 1.0 - kSquares);
            weights_[at].addcdiv_(means_[at], squares_[at].sqrt().add_(1e-8), -rate * correction);
            gradient.zero_();
        }
    }

private:
    static constexpr double kMeans = 0.9;
    static constexpr double kSquares = 0.999;
    std::vector<at::Tensor> weights_;
    std::vector<at::Tensor> means_;
    std::vector<at::Tensor> squares_;
    int steps_ = 0;
};

}  // namespace millrace::train
