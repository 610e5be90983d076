// The floor of a stream to many receivers: plain sendmmsg to 16 addresses, and recvmmsg on 16
// sockets. `cc -O2 -o floor floor.c`, then `compare.py BENCH floor:many=./floor`.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

enum { RECEIVERS = 16, BATCH = 64, BYTES_MAX = 2048, SILENCE_MS = 400 };

static char buffers[BATCH][BYTES_MAX];
static struct iovec parts[BATCH];
static struct mmsghdr messages[BATCH];
static struct sockaddr_in addresses[BATCH];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static struct sockaddr_in local(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static void prepare(int bytes) {
    for (int at = 0; at < BATCH; at++) {
        parts[at] = (struct iovec){buffers[at], bytes};
        messages[at].msg_hdr.msg_iov = &parts[at];
        messages[at].msg_hdr.msg_iovlen = 1;
        messages[at].msg_hdr.msg_name = &addresses[at];
        messages[at].msg_hdr.msg_namelen = sizeof addresses[at];
    }
}

static int receive(int port) {
    int poll = epoll_create1(0);
    for (int at = 0; at < RECEIVERS; at++) {
        int sock = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        struct sockaddr_in address = local(port + at);
        if (bind(sock, (struct sockaddr *)&address, sizeof address)) {
            perror("bind");
            return 1;
        }
        struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = sock};
        epoll_ctl(poll, EPOLL_CTL_ADD, sock, &event);
    }
    puts("ready");
    fflush(stdout);
    prepare(BYTES_MAX);
    long received = 0;
    double first = 0, last = 0;
    for (;;) {
        struct epoll_event ready[RECEIVERS];
        int count = epoll_wait(poll, ready, RECEIVERS, received ? SILENCE_MS : -1);
        if (count <= 0) break;
        for (int at = 0; at < count; at++) {
            int got;
            while ((got = recvmmsg(ready[at].data.fd, messages, BATCH, 0, NULL)) > 0) {
                last = now();
                if (!received) first = last;
                received += got;
            }
        }
    }
    printf("{\"received\":%ld,\"pps\":%.0f}\n", received, received / (last - first));
    return 0;
}

static int send_for(int port, int bytes, double seconds) {
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    for (int at = 0; at < BATCH; at++) addresses[at] = local(port + at % RECEIVERS);
    prepare(bytes);
    long sent = 0;
    for (double end = now() + seconds; now() < end;) {
        int count = sendmmsg(sock, messages, BATCH, 0);
        if (count > 0) sent += count;
    }
    printf("{\"sent\":%ld}\n", sent);
    return 0;
}

int main(int count, char **words) {
    if (count == 3 && !strcmp(words[1], "recv")) return receive(atoi(words[2]));
    if (count == 5 && !strcmp(words[1], "send"))
        return send_for(atoi(words[2]), atoi(words[3]), atof(words[4]));
    fputs("usage: floor recv PORT | send PORT BYTES SECONDS\n", stderr);
    return 2;
}
