/**
 * The floor: what any proxy on `node:http` costs that gathers a request, sends it on, and pipes the answer back. Plain
 * JavaScript, because the part of Node that reads TypeScript takes 15 MB.
 */
import http from 'node:http';

const upstream = new URL(process.argv[2]);
const agent = new http.Agent({ keepAlive: true });

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url: path, rawHeaders: headers } = request;
    const { hostname: host, port } = upstream;
    const asked = http.request({ host, port, method, path, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode, answer.rawHeaders);
      answer.pipe(response);
    });
    response.on('close', () => asked.destroy());
    asked.end(Buffer.concat(chunks));
  });
});
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
