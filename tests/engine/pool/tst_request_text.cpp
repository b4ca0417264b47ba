// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/request_text.h"

#include <QtTest>

using namespace millrace::pool;

namespace {

HttpRequest request(std::string method, std::string target, std::string body = {})
{
    HttpRequest out;
    out.method = std::move(method);
    out.target = std::move(target);
    out.body = std::move(body);
    return out;
}

HttpRequest with(std::string_view name, std::string_view value)
{
    HttpRequest out = request("GET", "/");
    out.fields.add(name, value);
    return out;
}

}  // namespace

class TestRequestText : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesTheHead_data()
    {
        QTest::addColumn<HttpRequest>("request");
        QTest::addColumn<QString>("head");
        QTest::newRow("GET without a body")
            << request("GET", "/v1/models") << "GET /v1/models HTTP/1.1\r\nHost: h:80\r\n\r\n";
        QTest::newRow("POST without a body says so")
            << request("POST", "/x") << "POST /x HTTP/1.1\r\nHost: h:80\r\nContent-Length: 0\r\n\r\n";
        QTest::newRow("with a body") << request("POST", "/x", "abc")
                                     << "POST /x HTTP/1.1\r\nHost: h:80\r\nContent-Length: 3\r\n\r\n";
        QTest::newRow("fields go on") << with("Accept", "*/*") << "GET / HTTP/1.1\r\nHost: h:80\r\nAccept: */*\r\n\r\n";
        for (const char* ours : {"Host", "connection", "Content-Length", "TE", "Transfer-Encoding", "upgrade"})
            QTest::newRow(ours) << with(ours, "theirs") << "GET / HTTP/1.1\r\nHost: h:80\r\n\r\n";
    }
    void writesTheHead()
    {
        QFETCH(HttpRequest, request);
        QFETCH(QString, head);
        std::string out =
            "what was here before, and is longer than all that is written now, so that nothing of it may stay";
        writeRequestHead(out, request, "h:80");
        QCOMPARE(QString::fromStdString(out), head);
    }

    void refusesWhatWouldBeAnotherRequest_data()
    {
        QTest::addColumn<HttpRequest>("request");
        QTest::addColumn<bool>("clean");
        using namespace std::string_view_literals;
        QTest::newRow("plain") << request("GET", "/v1/models?a=b") << true;
        QTest::newRow("no method") << request("", "/") << false;
        QTest::newRow("no target") << request("GET", "") << false;
        QTest::newRow("a space in the target") << request("GET", "/a b") << false;
        QTest::newRow("a line break in the target") << request("GET", "/a\r\nX: y") << false;
        QTest::newRow("a line break in the method") << request("GET\n", "/") << false;
        QTest::newRow("a line break late in a long target")
            << request("GET", "/0123456789012345678901234567890\n") << false;
        QTest::newRow("a tab in a value") << with("a", "b\tc") << true;
        QTest::newRow("a line break in a value") << with("a", "b\r\nc: d") << false;
        QTest::newRow("a zero byte in a value") << with("a", "b\0c"sv) << false;
        QTest::newRow("a line break in a name") << with("a\n", "b") << false;
    }
    void refusesWhatWouldBeAnotherRequest()
    {
        QFETCH(HttpRequest, request);
        QFETCH(bool, clean);
        QCOMPARE(isClean(request), clean);
    }
};

QTEST_GUILESS_MAIN(TestRequestText)
#include "tst_request_text.moc"
