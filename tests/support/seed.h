// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest>

#include <cstdint>
#include <random>

/// The seed of a test's random choices, said in its log: MILLRACE_SEED, a number or "random". Without it always the
/// same, so that two trees are judged by the same cases; `tests/run --seed random` looks for new ones.
inline std::uint32_t testSeed()
{
    const QString given = qEnvironmentVariable("MILLRACE_SEED");
    bool number = false;
    std::uint32_t seed = given.toUInt(&number);
    if (!number) seed = given == QLatin1String("random") ? std::uint32_t{std::random_device{}()} : 20220826;
    qInfo("MILLRACE_SEED=%u", seed);
    return seed;
}
