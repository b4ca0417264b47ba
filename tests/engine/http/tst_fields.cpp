// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/field_policy.h"

#include <QtTest>

using namespace millrace::http;

class TestFields : public QObject {
    Q_OBJECT

private:
    static bool has(const HttpFields& fields, std::string_view name) { return !fieldValue(fields, name).empty(); }

private Q_SLOTS:
    /// Letters alone have cases, wherever they stand; eight characters are looked at together.
    void namesAreComparedAsTheirLetters()
    {
        const auto lower = [](int c) { return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c; };
        for (const std::size_t size : {1u, 7u, 8u, 9u, 16u, 19u}) {
            for (std::size_t at = 0; at < size; ++at) {
                for (int a = 0; a < 256; ++a) {
                    for (int b = 0; b < 256; ++b) {
                        std::string left(size, 'x'), right(size, 'X');
                        left[at] = static_cast<char>(a);
                        right[at] = static_cast<char>(b);
                        if (sameName(left, right) != (lower(a) == lower(b)))
                            QFAIL(qPrintable(QString("%1 and %2 at %3 of %4").arg(a).arg(b).arg(at).arg(size)));
                    }
                }
            }
            QVERIFY(!sameName(std::string(size, 'x'), std::string(size + 1, 'x')));
        }
        QVERIFY(sameName("", ""));
    }

    void secretsAndWhatTheFrontJudgedEndHere_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char* name :
             {"Cookie", "authorization", "API-Key", "x-api-key", "Origin", "Referer", "Sec-Fetch-Mode", "sec-ch-ua",
              "X-Forwarded-For", "Proxy-Authorization", "Host", "Content-Length", "Transfer-Encoding",
              "Access-Control-Request-Method", "Accept-Encoding"})
            QTest::newRow(name) << QByteArray(name);
    }
    void secretsAndWhatTheFrontJudgedEndHere()
    {
        QFETCH(QByteArray, name);
        QVERIFY(upward(name.toStdString()) == Upward::Drop);
    }

    void whatTheBackendSaysAboutItsAnswerReachesTheClient_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<bool>("passes");
        for (const char* name : {"Retry-After", "retry-after-ms", "X-RateLimit-Remaining-Requests", "Content-Encoding",
                                 "Cache-Control", "Content-Type", "openai-processing-ms", "ETag"})
            QTest::newRow(name) << QByteArray(name) << true;
        for (const char* name : {"Set-Cookie", "Access-Control-Allow-Origin", "Connection", "Keep-Alive", "Location",
                                 "Server", "Date", "Transfer-Encoding", "Content-Length", "Trailer"})
            QTest::newRow(name) << QByteArray(name) << false;
    }
    void whatTheBackendSaysAboutItsAnswerReachesTheClient()
    {
        QFETCH(QByteArray, name);
        QFETCH(bool, passes);
        QCOMPARE(downward(name.toStdString()) == Downward::Pass, passes);
    }

    void fieldsThatConnectionNamesEndWithTheHop()
    {
        const HttpFields fields = {{"Connection", "close, X-Hop"},
                                   {"x-hop", "1"},
                                   {"connection", "X-Other"},
                                   {"X-Other", "2"},
                                   {"X-Kept", "3"}};
        for (const auto& passed : {forBackend(fields), forClient(fields)}) {
            QCOMPARE(passed.size(), std::size_t{1});
            QCOMPARE(passed[0].name, std::string("X-Kept"));
        }
    }

    void requestsMayShareOneWhenOnlyNoiseDiffers()
    {
        const HttpFields one = {{"User-Agent", "a"}, {"traceparent", "00-1"}, {"OpenAI-Organization", "x"}};
        const HttpFields same = {{"openai-organization", "x"}, {"User-Agent", "b"}, {"Authorization", "Bearer s"}};
        const HttpFields other = {{"OpenAI-Organization", "y"}, {"User-Agent", "a"}};
        QCOMPARE(mergeKey(one), mergeKey(same));
        QVERIFY(mergeKey(one) != mergeKey(other));
        QVERIFY(mergeKey(one) != mergeKey({}));
        QVERIFY(has(forBackend(one), "user-agent"));
        QVERIFY(!has(forBackend(one, true), "user-agent"));
        QVERIFY(has(forBackend(one, true), "openai-organization"));
    }

    void aRequestThatWasHereBeforeIsKnown()
    {
        const std::string name = viaName("0123456789abcdef");
        QVERIFY(passedBefore({{"Via", "1.0 fred, 1.1 " + name}}, name));
        QVERIFY(passedBefore({{"via", "HTTP/1.1 " + name + " (a comment)"}}, name));
        QVERIFY(!passedBefore({{"Via", "1.1 millrace-ffffffffffff"}}, name));
        QVERIFY(!passedBefore({{"Via", "1.1 x" + name}, {"X-Via", "1.1 " + name}}, name));
        QVERIFY(!passedBefore({{"Via", ",, ,"}, {"Via", name}}, name));
    }

    /// Every row of the table is found, whatever its case, and nothing that only looks like it.
    void findsWhatIsInTheTable()
    {
        for (const char* name :
             {"connection", "TE", "Proxy-Authorization", "proxy-", "X-FORWARDED-for", "sec-fetch-site",
              "Access-Control-Request-Method", "if-None-Match", "cookie", "Content-Length"})
            QVERIFY2(upward(name) == Upward::Drop, name);
        for (const char* name : {"x-stainless-os", "X-B3-TraceId", "User-Agent", "traceparent", "via"})
            QVERIFY2(upward(name) == Upward::Noise, name);
        const std::string longer(200, 'x');
        for (const std::string& name : {std::string("connection2"), std::string("t"), std::string("prox"),
                                        std::string(), std::string("openai-organization"), longer})
            QVERIFY2(upward(name) == Upward::Pass, name.c_str());
    }
};

QTEST_GUILESS_MAIN(TestFields)
#include "tst_fields.moc"
