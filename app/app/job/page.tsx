import { App } from '../../components/App'
import { pageMetadata } from '../../pageMetadata'
import { JobView } from '../../views/JobView'

export const metadata = pageMetadata('/job/')

export default function Page() {
  return (
    <App route="/job/">
      <JobView />
    </App>
  )
}
